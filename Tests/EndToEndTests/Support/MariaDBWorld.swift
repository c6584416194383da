import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyStore
import MayflyTesting
import SQLClients

/// A real MariaDB (or MySQL) with the guard that the real `mayflyd guard print` printed, a configuration, and the
/// real daemon on it.
final class MariaDBWorld: Sendable {
    static let password = "broker-password-\(UInt32.random(in: 0 ... .max))"

    let server: MariaDBServer
    let directory: String

    var socket: String { "\(directory)/m.sock" }
    private var configurationPath: String { "\(directory)/mayfly.yaml" }

    private init(server: MariaDBServer, directory: String) {
        self.server = server
        self.directory = directory
    }

    /// Everything but the daemon is ready.
    /// - Parameters:
    ///   - access: more of the configuration, beside the profile `stock-write`.
    ///   - mode: `direct`: without a guard.
    ///   - profile: one more line of the profile `stock-read`.
    static func make(
        options: [String] = [], access: String? = nil, mode: String = "guard", profile: String? = nil
    ) async throws -> MariaDBWorld {
        var template = Array("/tmp/mayfly-e2e-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestServerError.system("mkdtemp", errno) }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let server = try await MariaDBServer.start(options: options)
        let world = MariaDBWorld(server: server, directory: directory)
        try world.write(password, to: "stock.password")
        try world.write(
            world.configuration(access, mode).replacing(
                "member_of: [ stock_readonly ]",
                with: "member_of: [ stock_readonly ]" + (profile.map { "\n    \($0)" } ?? "")),
            to: "mayfly.yaml")
        // For the socket: other users come, too.
        if access != nil, chmod(directory, 0o755) != 0 { throw TestServerError.system("chmod", errno) }
        _ = try await server.client(
            script: """
                CREATE DATABASE stock; CREATE TABLE stock.items (name varchar(20)); INSERT INTO stock.items VALUES ('lamp');
                CREATE DATABASE staff; CREATE TABLE staff.salaries (name varchar(20));
                CREATE ROLE stock_readonly; GRANT SELECT ON stock.* TO stock_readonly;
                CREATE ROLE stock_rw; GRANT SELECT, INSERT ON stock.items TO stock_rw;
                """)
        let script = try await Program.run(
            "mayflyd", ["guard", "print", "stock", "--config", world.configurationPath])
        try await server.installGuard(script: script.output, password: password)
        return world
    }

    deinit {
        server.discard()
        do { try FileManager.default.removeItem(atPath: directory) } catch {
            print("left behind: \(directory)")
        }
    }

    private func configuration(_ access: String?, _ mode: String) -> String {
        """
        installation: { name: test, tag: e2e }
        listen: { socket: \(socket), mode: "\(access == nil ? "0600" : "0666")" }
        state: { path: \(directory)/mayfly.db }
        administrators: [ "user:\(NSUserName())" ]
        databases:
          stock:
            engine: \(server.isMySQL ? "mysql" : "mariadb")
            mode: \(mode)
            hosts: [ \(server.socket) ]
            port: \(server.port)
            database: stock
            account_host: localhost
            timeout: 5s
            tls: { mode: disable }
            account: { user: mayfly, host: localhost, password_file: \(directory)/stock.password }
        profiles:
          stock-read:
            database: stock
            ttl: { default: 10m, max: 1h }
            member_of: [ stock_readonly ]
            max_active: { per_person: 200, total: 200 }
          stock-write:
            database: stock
            ttl: { default: 10m, max: 1h }
            member_of: [ stock_rw ]
        \(access ?? "access:")
          - { name: tests, who: [ "user:\(NSUserName())" ], profiles: [ stock-read ], max_ttl: 1h }
        """
    }

    func write(_ text: String, to name: String) throws {
        let path = "\(directory)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        guard chmod(path, 0o600) == 0 else { throw TestServerError.system("chmod", errno) }
    }

    // MARK: the daemon and the command

    /// - Parameter failpoint: where it is to be killed (`Failpoint`).
    func startDaemon(failpoint: String? = nil) async throws -> Program {
        var environment: [String: String] = [:]
        environment["MAYFLY_FAILPOINT"] = failpoint
        let daemon = try Program("mayflyd", ["--config", configurationPath], environment: environment)
        try await eventually("the daemon answers: \(try daemon.errors())") {
            try await mayfly(["whoami"]).status == 0
        }
        return daemon
    }

    func stop(_ daemon: Program) async throws {
        daemon.signal(SIGTERM)
        let outcome = try await daemon.outcome()
        guard outcome.status == 0 else { throw WorldFailure("the daemon did not stop cleanly: \(outcome)") }
    }

    func mayfly(
        _ arguments: [String], environment: [String: String] = [:], user: String? = nil
    ) async throws -> Program.Outcome {
        try await Program.run(
            "mayfly", arguments, environment: ["MAYFLY_SOCKET": socket].merging(environment) { $1 },
            user: user)
    }

    func request(_ arguments: [String] = ["stock-read"]) async throws -> RequestReply {
        let outcome = try await mayfly(["request"] + arguments + ["--format", "json"])
        guard outcome.status == 0 else { throw WorldFailure("no credential: \(outcome)") }
        return try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
    }

    // MARK: the truth

    func leases() async throws -> [MayflyAPI.Lease] {
        let outcome = try await mayfly(["leases", "--all", "--format", "json"])
        guard outcome.status == 0 else { throw WorldFailure("no leases: \(outcome)") }
        return try MayflyJSON.decoder().decode(LeaseList.self, from: Data(outcome.output.utf8)).leases
    }

    /// The accounts of ours on the server.
    func accounts() async throws -> Set<String> {
        let rows = try await server.execute(
            "SELECT user AS name FROM mysql.user WHERE user LIKE 'mf\\\\_e2e\\\\_%'")
        return Set(try rows.map { try $0.string("name") })
    }

    /// As on PostgreSQL (`World.expectSettled`).
    func expectSettled(within limit: Duration = .seconds(60)) async throws {
        var seen = ""
        do {
            try await eventually("state and server agree", within: limit) {
                let leases = try await leases()
                let accounts = try await accounts()
                let unsettled = leases.filter { $0.state == .creating || $0.state == .revoking }
                let active = Set(leases.filter { $0.state == .active }.map(\.role))
                seen =
                    "unsettled \(unsettled.map(\.state)), active \(active.sorted()), accounts \(accounts.sorted())"
                return unsettled.isEmpty && active == accounts
            }
        } catch { throw WorldFailure("\(error): \(seen)") }
    }

    /// The whole chain, read from the state file while no daemon runs.
    func brokenAuditRecord() async throws -> Int64? {
        let store = try SQLiteStore(path: "\(directory)/mayfly.db")
        let broken = try await store.firstBrokenAuditRecord()
        await store.close()
        return broken
    }
}
