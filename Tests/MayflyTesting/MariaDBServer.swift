import Foundation
import Glibc
import Synchronization

/// A throw-away MariaDB or MySQL server: a new data directory, on a free port.
///
///     let server = try await MariaDBServer.start()
///     try await server.execute("CREATE ROLE orders_readonly")
///     let connection = try await server.connect(as: "mayfly", password: "…")
///
/// `root` has no password and comes by the socket only, in a directory that only its owner (and root) can enter.
/// Nothing is left over when the last reference goes or when the test process dies.
package final class MariaDBServer: Sendable {
    /// Holds `data`, `socket`, `pid` and `log`.
    package let directory: String
    package let port: Int
    package let options: [String]
    let binaries: MariaDBServerBinaries
    private let watchdog: Mutex<MariaDBServerWatchdog?>

    private init(directory: String, port: Int, options: [String], binaries: MariaDBServerBinaries) throws {
        self.directory = directory
        self.port = port
        self.options = options
        self.binaries = binaries
        watchdog = Mutex(try MariaDBServerWatchdog(directory: directory))
    }

    package var dataDirectory: String { "\(directory)/data" }
    package var socket: String { "\(directory)/socket/s" }
    package var pidPath: String { "\(directory)/pid/pid" }
    package var logPath: String { "\(directory)/log" }
    package var isMySQL: Bool { binaries.isMySQL }

    private static let sharedServer = Task { try await start() }

    /// One server for all tests of this process that don't stop it or fill it up; they use schemas, tags and names of
    /// their own.
    package static func shared() async throws -> MariaDBServer {
        try await sharedServer.value
    }

    /// A new server of one's own. Takes about two seconds.
    ///
    /// - Parameter options: of the command line, such as `--event-scheduler=ON`.
    package static func start(options: [String] = []) async throws -> MariaDBServer {
        let binaries = try await MariaDBServerBinaries()
        // A short path: a socket's has to fit in 107 bytes.
        var template = Array("/tmp/mayfly-my-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestServerError.system("mkdtemp", errno) }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let server = try MariaDBServer(
            directory: directory, port: PostgreSQLServer.freePort(), options: options, binaries: binaries)
        for path in [directory] + ["data", "socket", "pid", "tmp"].map({ "\(directory)/\($0)" }) {
            mkdir(path, 0o700)
            if let owner = binaries.owner, chown(path, owner.uid, owner.gid) != 0 {
                throw TestServerError.system("chown", errno)
            }
        }
        try await binaries.initialize(
            server.dataDirectory, temporary: "\(directory)/tmp", log: "\(directory)/init.log")
        try await server.launch()
        return server
    }

    /// What makes it small and fast: it survives a crash of itself, not one of the host. The binary log is on, as in most places
    /// that matter, and the event scheduler off, so that nothing happens by itself.
    var arguments: [String] {
        [
            "--no-defaults", "--datadir=\(dataDirectory)", "--socket=\(socket)", "--pid-file=\(pidPath)",
            "--log-error=\(logPath)", "--tmpdir=\(directory)/tmp", "--bind-address=127.0.0.1",
            "--port=\(port)", "--skip-name-resolve",
            "--max-connections=200", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=2",
            "--innodb-doublewrite=0", "--sync-binlog=0", "--log-bin=binlog", "--server-id=1",
            "--event-scheduler=OFF",
        ]
            + (isMySQL
                ? ["--secure-file-priv=NULL", "--mysqlx=OFF", "--innodb-redo-log-capacity=8M"]
                : ["--innodb-log-file-size=8M"])
            + binaries.userOptions + options
    }

    /// Lets the watchdog end the server and remove its files. Needed only before the last reference goes.
    package func discard() {
        watchdog.withLock { $0 = nil }
    }
}

extension MariaDBServer {
    /// Whether the server that tests start is MariaDB, as it is unless the variables name something called mysql.
    package static var isMariaDBByDefault: Bool {
        let environment = ProcessInfo.processInfo.environment
        let words = ["MAYFLY_TEST_MARIADB_BIN", "MAYFLY_TEST_MARIADB_PREFIX"].compactMap { environment[$0] }
        return !words.contains { $0.contains("mysql") }
    }
}
