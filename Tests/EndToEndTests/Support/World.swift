import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyStore
import MayflyTesting
import SQLClients

/// A real PostgreSQL with the guard that the real `mayflyd guard print` printed, a configuration, and the real
/// daemon on it.
final class World: Sendable {
    static let brokerPassword = "broker-password-\(UInt32.random(in: 0 ... .max))"

    let server: PostgreSQLServer
    let directory: String
    let me: String

    var socket: String { "\(directory)/m.sock" }
    var configurationPath: String { "\(directory)/mayfly.yaml" }
    var statePath: String { "\(directory)/mayfly.db" }

    private init(server: PostgreSQLServer, directory: String, me: String) {
        self.server = server
        self.directory = directory
        self.me = me
    }

    /// Everything but the daemon is ready.
    static func make(
        settings: [String] = [], connections: Int = 4, timeout: String = "5s", installsGuard: Bool = true
    ) async throws -> World {
        let server = try await PostgreSQLServer.start(settings: settings)
        var template = Array("/tmp/mayfly-e2e-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestServerError.system("mkdtemp", errno) }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let me = NSUserName()
        let world = World(server: server, directory: directory, me: me)
        try world.writeConfiguration(connections: connections, timeout: timeout)
        try await server.execute("CREATE DATABASE orders")
        try await server.psql(
            script: """
                CREATE TABLE orders (id int PRIMARY KEY, customer text);
                CREATE TABLE salaries (name text, amount numeric);
                INSERT INTO orders VALUES (1, 'Ada'), (2, 'Grace');
                CREATE ROLE orders_readonly NOLOGIN;
                CREATE ROLE orders_ddl NOLOGIN;
                GRANT USAGE ON SCHEMA public TO orders_readonly;
                GRANT SELECT ON orders TO orders_readonly;
                GRANT USAGE, CREATE ON SCHEMA public TO orders_ddl;
                """, database: "orders")
        if installsGuard { try await world.installGuard() }
        return world
    }

    /// As `make`, without a guard: with the account that `mayflyd guard print` prints for `mode: direct`.
    static func makeDirect() async throws -> World {
        let world = try await make(installsGuard: false)
        try world.configure([("engine: postgresql", "engine: postgresql\n    mode: direct")])
        try await world.installGuard()
        return world
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch {
            print("left behind: \(directory)")
        }
    }

    func installGuard() async throws {
        let script = try await mayflyd(["guard", "print", "orders", "--config", configurationPath])
        try await server.installGuard(script: script.output, password: Self.brokerPassword)
    }

    func writeConfiguration(
        connections: Int = 4, timeout: String = "5s", perPerson: Int = 100, port: Int? = nil,
        password: String = World.brokerPassword, extra: String = ""
    ) throws {
        try write(password, to: "orders.password")
        try write(
            """
            installation: { name: test, tag: e2e }
            listen: { socket: \(socket), mode: "0666" }
            state: { path: \(statePath) }
            administrators: [ "user:\(me)" ]
            auditors: [ "user:\(me)", "user:daemon" ]
            databases:
              orders:
                engine: postgresql
                hosts: [ 127.0.0.1 ]
                port: \(port ?? server.port)
                database: orders
                tls: { mode: disable }
                account: { user: mayfly, password_file: \(directory)/orders.password }
                connections: \(connections)
                timeout: \(timeout)
            profiles:
              orders-read:
                database: orders
                description: Read orders
                ttl: { default: 30m, max: 8h }
                member_of: [ orders_readonly ]
                max_active: { per_person: \(perPerson), total: 200 }
                scram_iterations: 4096
              orders-ddl:
                database: orders
                ttl: { default: 30m, max: 8h }
                member_of: [ orders_ddl ]
            access:
              - { name: tests, who: [ "user:\(me)", "user:nobody" ], profiles: [ orders-read, orders-ddl ], max_ttl: 1h }
            \(extra)
            """, to: "mayfly.yaml")
    }

    fileprivate func write(_ text: String, to name: String) throws {
        let path = "\(directory)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, 0o600)
    }

    // MARK: the binaries

    /// Starts the daemon and waits until it answers.
    /// - Parameter failpoint: where it is to be killed (`Failpoint`).
    /// - Parameter log: where its log goes, instead of where `errors()` reads it.
    func startDaemon(failpoint: String? = nil, log: FileHandle? = nil) async throws -> Program {
        var environment: [String: String] = [:]
        environment["MAYFLY_FAILPOINT"] = failpoint
        chmod(directory, 0o755)
        let daemon = try Program(
            "mayflyd", ["--config", configurationPath], environment: environment, errors: log)
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

    func mayfly(_ arguments: [String], user: String? = nil) async throws -> Program.Outcome {
        try await Program.run("mayfly", arguments, environment: ["MAYFLY_SOCKET": socket], user: user)
    }

    func mayflyd(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Outcome {
        try await Program.run("mayflyd", arguments, environment: environment)
    }

    /// Asks for access and returns the reply.
    func request(_ arguments: [String] = ["orders-read"]) async throws -> RequestReply {
        let outcome = try await mayfly(["request"] + arguments + ["--format", "json"])
        guard outcome.status == 0 else { throw WorldFailure("no credential: \(outcome)") }
        return try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
    }

    func leases() async throws -> [MayflyAPI.Lease] {
        let outcome = try await mayfly(["leases", "--all", "--format", "json"])
        guard outcome.status == 0 else { throw WorldFailure("no leases: \(outcome)") }
        return try MayflyJSON.decoder().decode(LeaseList.self, from: Data(outcome.output.utf8)).leases
    }

    // MARK: the truth

    /// The login roles of ours in the server's catalogue.
    func roles() async throws -> Set<String> {
        let rows = try await server.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mf\\_e2e\\_%'")
        return Set(try rows.map { try $0.string("rolname") })
    }

    /// Every role has an active lease, every active lease has a role, nothing is half done, and the chain is
    /// whole. Promise 2, as soon as a restart has settled.
    func expectSettled(within limit: Duration = .seconds(60)) async throws {
        var seen = ""
        do {
            try await eventually("state and server agree", within: limit) {
                let leases = try await leases()
                let roles = try await roles()
                let unsettled = leases.filter { $0.state == .creating || $0.state == .revoking }
                let active = Set(leases.filter { $0.state == .active }.map(\.role))
                seen =
                    "unsettled \(unsettled.map(\.state)), active \(active.sorted()), roles \(roles.sorted())"
                return unsettled.isEmpty && active == roles
            }
        } catch { throw WorldFailure("\(error): \(seen)") }
    }

    /// The whole chain, read from the state file while no daemon runs.
    func brokenAuditRecord() async throws -> Int64? {
        let store = try SQLiteStore(path: statePath)
        let broken = try await store.firstBrokenAuditRecord()
        await store.close()
        return broken
    }
}

struct WorldFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension World {
    /// The same installation with its one database and profiles under other names, which share the server's guard.
    func renameDatabase() throws {
        let text = try String(contentsOf: URL(filePath: configurationPath), encoding: .utf8)
            .replacing("  orders:\n", with: "  billing:\n").replacing(
                "database: orders\n    d", with: "database: billing\n    d"
            )
            .replacing("database: orders\n    t", with: "database: billing\n    t")
            .replacing("orders-", with: "billing-")
        try write(text, to: "mayfly.yaml")
    }
}
