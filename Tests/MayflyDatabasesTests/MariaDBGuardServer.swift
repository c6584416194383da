import Foundation
import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients

/// A server on which a DBA installed the guard. The attacks call it by hand, as the broker's account or as a leaser.
struct MariaDBGuardServer: Sendable {
    let server: MariaDBServer
    let brokerPassword: String

    static let installation = "attack"
    static let tag = "t1"
    static let password = "leaser-Password-1"
    static let host = "localhost"
    /// Names that have to be quoted.
    static let broker = "may`fl'y"
    static let oddGroup = "odd`gr'oup\"\\"

    private static let sharedServer = Task { try await start() }

    static func shared() async throws -> MariaDBGuardServer {
        try await sharedServer.value
    }

    /// - Parameters:
    ///   - sqlMode: the server's own, which nothing of the guard may depend on.
    ///   - before: what a DBA ran before.
    ///   - password: of the broker's account.
    static func start(
        options: [String] = [], maxLive: Int = 1000, maxIssuesPerMinute: Int = 100_000,
        sqlMode: String? = nil,
        clientOptions: [String] = [], before: String? = nil, password: String = "Broker-Password-1"
    ) async throws -> MariaDBGuardServer {
        let server = try await MariaDBServer.start(
            options: options + (sqlMode.map { ["--sql-mode=\($0)"] } ?? []))
        try await server.client(
            script: """
                CREATE ROLE orders_readonly; CREATE ROLE orders_app; CREATE ROLE \(quoted(oddGroup));
                SET sql_mode = '';
                CREATE SCHEMA app; CREATE TABLE app.orders (id int); INSERT INTO app.orders VALUES (1), (2);
                CREATE SCHEMA workshop;
                GRANT SELECT ON app.* TO orders_readonly;
                GRANT SELECT ON app.* TO \(quoted(oddGroup));
                GRANT ALL ON workshop.* TO orders_app;
                """)
        if let before { try await server.client(script: before) }
        try await server.client(
            script: script(server, maxLive: maxLive, maxIssuesPerMinute: maxIssuesPerMinute),
            options: clientOptions)
        try await server.execute(
            "ALTER USER \(quoted(broker))@localhost IDENTIFIED BY '\(password)' ACCOUNT UNLOCK")
        return MariaDBGuardServer(server: server, brokerPassword: password)
    }

    /// As `mayflyd guard print` gives it.
    static func script(
        _ server: MariaDBServer, maxLive: Int = 1000, maxIssuesPerMinute: Int = 100_000
    ) throws -> String {
        let database = DatabaseName(unchecked: "orders")
        let definition = DatabaseDefinition(
            name: database, engine: server.isMySQL ? .mysql : .mariadb, hosts: [server.socket],
            port: server.port,
            database: "app", tls: .init(mode: .disable), account: .init(user: broker, password: .none),
            ceilings: .init(
                maxTTL: try TTL(seconds: 28800),
                maxLive: maxLive, maxIssuesPerMinute: maxIssuesPerMinute))
        return try MariaDBGuard(
            module: module(server), definition: definition,
            installation: .init(name: installation, tag: InstallationTag(rawValue: tag)!),  // a valid tag
            groups: ["orders_readonly", "orders_app", oddGroup], brokerHost: "localhost", roleHost: host
        ).installScript()
    }

    static func module(_ server: MariaDBServer) -> MariaDBGuard.Module { server.isMySQL ? .mysql : .mariadb }

    static func quoted(_ name: String) -> String { "`" + name.replacing("`", with: "``") + "`" }

    func broker() async throws -> MariaDBConnection {
        try await server.connect(as: Self.broker, password: brokerPassword)
    }

    /// Calls a procedure of the guard as the broker, on a connection of its own.
    ///
    /// - Parameter before: statements of the session, as an attacker may choose them.
    func call(_ procedure: String, _ batch: String?, before: [String] = []) async throws -> [MariaDBRow] {
        let connection = try await broker()
        for statement in before { _ = try await connection.query(statement) }
        let rows = try await connection.query("CALL mayfly.`\(procedure)`(?)", [batch])
        await connection.close()
        return Array(rows)
    }

    /// For one lease.
    func call(_ procedure: String, _ lease: MariaDBGuardLease) async throws -> MariaDBRow {
        try only(try await call(procedure, #"[{"lease": "\#(lease.id)"}]"#))
    }

    func rows(_ procedure: String) async throws -> [MariaDBRow] {
        let connection = try await broker()
        let rows = try await connection.query("CALL mayfly.`\(procedure)`()")
        await connection.close()
        return Array(rows)
    }

    /// A lease in good order.
    func issue(_ member: MariaDBGuardMember = MariaDBGuardMember()) async throws -> MariaDBGuardLease {
        let member = member.fitting(server)
        let row = try only(try await call("issue", "[\(member.json)]"))
        guard try row.string("code") == "00000" else {
            throw TestServerError.timedOut("issue: \(try row.string("code")) \(try row.string("message"))")
        }
        return MariaDBGuardLease(id: member.lease, role: member.role)
    }

    /// Answers of `issue` for one member.
    func attempt(_ member: MariaDBGuardMember, before: [String] = []) async throws -> MariaDBRow {
        try only(try await call("issue", "[\(member.fitting(server).json)]", before: before))
    }

    func leaser(_ lease: MariaDBGuardLease, database: String? = nil) async throws -> MariaDBConnection {
        try await server.connect(as: lease.role, password: Self.password, database: database)
    }

    func exists(_ role: String) async throws -> Bool {
        try await !server.execute("SELECT User FROM mysql.user WHERE User = ?", [role]).isEmpty
    }

    func lockAndTerminate(_ lease: MariaDBGuardLease) async throws {
        _ = try await call("lock", lease)
        try await eventually("the sessions of \(lease.role) end") {
            try await call("terminate", lease).int("remaining") == 0
        }
    }

    /// The register's view of a lease.
    func find(_ lease: MariaDBGuardLease) async throws -> MariaDBRow { try await call("find", lease) }

    /// As `roles` has it; nil when it does not.
    func standing(_ role: String) async throws -> String? {
        try await rows("roles").first { try $0.string("role") == role }?.string("standing")
    }

    func only(_ rows: [MariaDBRow]) throws -> MariaDBRow {
        guard rows.count == 1 else { throw TestServerError.timedOut("\(rows.count) rows, expected 1") }
        return rows[0]
    }
}
