import Foundation
import Glibc
import Synchronization

/// A throw-away PostgreSQL server: a new cluster in a temporary directory, on a free port.
///
///     let server = try await PostgreSQLServer.start()
///     try await server.execute("CREATE ROLE orders_readonly")
///     let connection = try await server.connect(as: "mayfly", password: "…", database: "mayfly")
///
/// Everybody but the superuser `postgres` authenticates with SCRAM, over loopback TCP or the socket; the
/// superuser is trusted on the socket, in a directory that only its owner (and root) can enter. Nothing is left
/// over when the last reference goes or when the test process dies.
package final class PostgreSQLServer: Sendable {
    /// Holds `data`, `socket` and `log`.
    package let directory: String
    package var port: Int { currentPort.withLock { $0 } }
    private let currentPort: Mutex<Int>
    let binaries: PostgreSQLServerBinaries
    private let watchdog: Mutex<PostgreSQLServerWatchdog?>

    init(directory: String, port: Int, binaries: PostgreSQLServerBinaries) throws {
        self.directory = directory
        currentPort = Mutex(port)
        self.binaries = binaries
        watchdog = Mutex(try PostgreSQLServerWatchdog(directory: directory))
    }

    package var dataDirectory: String { "\(directory)/data" }
    package var socketDirectory: String { "\(directory)/socket" }
    package var logPath: String { "\(directory)/log" }

    private static let sharedServer = Task { try await start() }

    /// One server for all tests of this process that don't stop it or fill it up; they use databases, tags and
    /// role names of their own.
    package static func shared() async throws -> PostgreSQLServer {
        try await sharedServer.value
    }

    /// A new server of one's own. Takes about a second.
    ///
    /// - Parameter settings: lines for postgresql.conf.
    package static func start(settings: [String] = []) async throws -> PostgreSQLServer {
        try await ServerStarts.shared.inTurn { try await startNow(settings: settings) }
    }

    private static func startNow(settings: [String]) async throws -> PostgreSQLServer {
        let binaries = try PostgreSQLServerBinaries()
        let server = try make(binaries)
        try await TestCommand.run(
            binaries.command(
                "initdb",
                [
                    "--no-sync", "-D", server.dataDirectory, "-U", "postgres", "-E", "UTF8", "--locale=C",
                    "-A", "scram-sha-256", "--auth-local=trust",
                    "--pwfile=\(server.directory)/superuser-password",
                ]))
        let configuration =
            [
                "fsync = off", "listen_addresses = '127.0.0.1'", "max_connections = 200",
                "shared_buffers = 32MB",
                "max_prepared_transactions = 10", "password_encryption = 'scram-sha-256'",
                "unix_socket_permissions = 0700", "log_line_prefix = '%m [%p] %u@%d '",
            ] + settings
        try append(configuration, to: "\(server.dataDirectory)/postgresql.conf")
        try Data(hostRules.utf8).write(to: URL(filePath: "\(server.dataDirectory)/pg_hba.conf"))
        try await server.launchOnFreePort()
        return server
    }

    /// The port was free when it was chosen; somebody else may have taken it since.
    func launchOnFreePort() async throws {
        for _ in 0..<4 {
            do { return try await launch() } catch is TestCommand.Failure where lostItsPort {
                let other = try Self.freePort()
                currentPort.withLock { $0 = other }
            }
        }
        try await launch()
    }

    private var lostItsPort: Bool {
        let log = FileManager.default.contents(atPath: logPath) ?? Data()
        return String(decoding: log, as: UTF8.self).contains("could not bind IPv4 address")
    }

    private static let hostRules = """
        local  all          postgres               trust
        local  replication  postgres               trust
        local  all          all                    scram-sha-256
        host   all          all      127.0.0.1/32  scram-sha-256

        """

    /// The password of the superuser over TCP.
    package static let superuserPassword = "throw-away"

    static func make(_ binaries: PostgreSQLServerBinaries, port: Int? = nil) throws -> PostgreSQLServer {
        // A short path: a socket's has to fit in 107 bytes.
        var template = Array("/tmp/mayfly-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestServerError.system("mkdtemp", errno) }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let server = try PostgreSQLServer(directory: directory, port: port ?? freePort(), binaries: binaries)
        mkdir(server.socketDirectory, 0o700)
        let password = "\(directory)/superuser-password"
        try Data(superuserPassword.utf8).write(to: URL(filePath: password))
        if let owner = binaries.owner {
            for path in [directory, server.socketDirectory, password] {
                guard chown(path, owner.uid, owner.gid) == 0 else {
                    throw TestServerError.system("chown", errno)
                }
            }
        }
        return server
    }

    static func append(_ lines: [String], to path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
        try handle.close()
    }

    /// A port that was free a moment ago.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestServerError.system("socket", errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // `address` outlives both calls, and is as long as `length` says.
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
            }
        }
        guard code == 0 else { throw TestServerError.system("bind", errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Lets the watchdog end the server and remove its files. Needed only before the last reference goes.
    package func discard() {
        watchdog.withLock { $0 = nil }
    }
}
