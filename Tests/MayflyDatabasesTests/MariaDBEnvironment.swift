import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients

/// A throw-away MariaDB or MySQL with the guard, two schemas and a group, for the conformance suite.
///
/// The broker comes by the socket. Login roles do, too: MySQL's method of authentication is not for plain TCP.
struct MariaDBEnvironment: DatabaseEngineTrouble {
    static let account = "mayfly"
    static let password = "broker p@ss/#{}'\\word"

    let server: MariaDBServer
    let definition: DatabaseDefinition
    let profile: Profile
    let engine: any DatabaseEngine
    let group = "orders_readonly"
    static let installation = Configuration.Installation(
        name: "conformance", tag: InstallationTag(rawValue: "cf")!)  // two letters: a tag
    var tag: InstallationTag { Self.installation.tag }
    var settings: [String: String] {
        server.isMySQL ? ["max_queries_per_hour": "1000"] : ["max_statement_time": "60"]
    }

    private static let shared = Task { try await make() }

    private static let sharedDirect = Task { try await make { $0.mode = .direct } }

    /// As `shared`, without a guard.
    static func direct() async throws -> MariaDBEnvironment { try await sharedDirect.value }

    /// One for all tests that don't hurt their server.
    static func shared() async throws -> MariaDBEnvironment {
        try await shared.value
    }

    /// - Parameters:
    ///   - options: of the server's command line.
    ///   - installing: another script than this program's.
    ///   - adjust: changes the definition, for a server of one's own.
    static func make(
        options: [String] = ["--event-scheduler=ON", "--innodb-flush-log-at-trx-commit=1"],
        installing: String? = nil,
        adjust: (inout DatabaseDefinition) -> Void = { _ in }
    ) async throws -> MariaDBEnvironment {
        let server = try await MariaDBServer.start(options: options)
        try await server.client(
            script: """
                CREATE SCHEMA orders; CREATE SCHEMA orders_archive; CREATE ROLE orders_readonly;
                CREATE TABLE orders.customers (name text); CREATE TABLE orders.secrets (name text);
                CREATE TABLE orders_archive.secrets (name text);
                GRANT SELECT ON orders.customers TO orders_readonly;
                """)
        var definition = DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: server.isMySQL ? .mysql : .mariadb,
            hosts: [server.socket], port: server.port, database: "orders", tls: .init(mode: .disable),
            account: .init(user: account, password: .none), timeoutSeconds: 30,
            ceilings: .init(maxTTL: try TTL(seconds: 3600), maxLive: 1000))
        adjust(&definition)
        let profile = Profile(
            name: ProfileName(unchecked: "orders-read"), database: definition.name,
            ttl: .init(default: try TTL(seconds: 600), max: try TTL(seconds: 3600)),
            memberOf: ["orders_readonly"])
        let script =
            if let installing { installing } else if definition.mode == .direct {
                try DirectAccount(definition, [profile]).script()
            } else {
                try MariaDBGuard(definition: definition, installation: installation, profiles: [profile])
                    .installScript()
            }
        try await server.client(script: script)
        let connection = try await server.connect(as: "root", password: nil)
        // The password has what is special in every place where it could be put together wrongly.
        _ = try await connection.query("SET @password = ?", [password])
        _ = try await connection.query(
            "SET @sql = CONCAT('ALTER USER `\(account)`@`\(definition.accountHost)` IDENTIFIED BY ', QUOTE(@password), "
                + "' ACCOUNT UNLOCK')")
        _ = try await connection.query("PREPARE s FROM @sql")
        _ = try await connection.query("EXECUTE s")
        await connection.close()
        return MariaDBEnvironment(
            server: server, definition: definition, profile: profile, engine: engine(definition, password))
    }

    /// The scripts of this program for this server.
    var scripts: MariaDBGuard {
        MariaDBGuard(definition: definition, installation: Self.installation, profiles: [profile])
    }

    static func engine(_ definition: DatabaseDefinition, _ password: String) -> MariaDBEngine {
        MariaDBEngine(definition: definition, installation: installation) {
            AccountPassword(copying: password.utf8)
        }
    }

    /// A session through libmariadb.
    struct Session: DatabaseEngineSession {
        let connection: MariaDBConnection

        func run(_ sql: String) async throws { _ = try await connection.query(sql) }
        func end() async { await connection.close() }
    }

    func logIn(_ role: RoleName, password: String) async throws -> any DatabaseEngineSession {
        Session(
            connection: try await server.connect(as: role.rawValue, password: password, database: "orders"))
    }

    func roleExists(_ role: String) async throws -> Bool {
        try await !server.execute("SELECT User FROM mysql.user WHERE User = ?", [role]).isEmpty
    }

    private func account(_ role: RoleName) -> String { "`\(role)`@`\(definition.madeAccounts.host)`" }

    func grantDirectly(to role: RoleName) async throws {
        for schema in ["orders", "orders_archive"] {
            try await server.execute("GRANT SELECT ON \(schema).secrets TO \(account(role))")
        }
        try await server.execute("GRANT SELECT (name) ON orders.customers TO \(account(role))")
    }

    func leaveObject(of role: RoleName) async throws -> String {
        let view = "kept_\(role.rawValue.suffix(13))"
        try await server.execute(
            "CREATE DEFINER = \(account(role)) SQL SECURITY INVOKER VIEW orders.\(view) AS SELECT 42 AS answer"
        )
        return view
    }

    func answer(of object: String) async throws -> String? {
        try await server.execute("SELECT answer FROM orders.\(object)").first?.values.first ?? nil
    }

    func takeOver(_ object: String, of role: RoleName) async throws {
        try await server.execute(
            "ALTER DEFINER = root@localhost SQL SECURITY INVOKER VIEW orders.\(object) AS SELECT 42 AS answer"
        )
    }

    func remove(_ object: String) async throws { try await server.execute("DROP VIEW orders.\(object)") }
    func dropRole(_ role: RoleName) async throws { try await server.execute("DROP USER \(account(role))") }
    func makeStray(_ role: RoleName) async throws {
        try await server.execute("CREATE USER \(account(role)) ACCOUNT LOCK")
    }

    func engineWithWrongPassword() -> any DatabaseEngine { Self.engine(definition, "wrong") }
    func stop() async throws { try await server.stop() }
    func start() async throws { try await server.start() }
    func restart() async throws { try await server.restart(crashing: true) }
    func freeze() async throws { try await server.freeze() }
    func thaw() async throws { try server.thaw() }
    /// Or what takes its place.
    func removeGuard() async throws {
        guard definition.mode == .direct else {
            try await server.execute("DROP SCHEMA mayfly")
            return
        }
        let account = "`\(Self.account)`@`\(definition.accountHost)`"
        try await server.execute("REVOKE CREATE USER ON *.* FROM \(account)")
        // Connections keep the global rights that they began with.
        for row in try await server.execute(
            "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?", [Self.account])
        {
            try await server.execute("KILL \(server.isMySQL ? "" : "SOFT ")CONNECTION \(try row.int("id"))")
        }
    }

    func dropAccount() async throws {
        try await server.execute("DROP USER `\(Self.account)`@`\(definition.accountHost)`")
    }

    func exhaustConnections() async throws -> [any DatabaseEngineSession] {
        try await server.execute("CREATE USER hog@localhost IDENTIFIED BY 'hog'")
        var sessions: [any DatabaseEngineSession] = []
        while true {
            do {
                sessions.append(Session(connection: try await server.connect(as: "hog", password: "hog")))
            } catch let error as MariaDBError where error.number == .tooManyConnections {
                return sessions
            }
        }
    }
}
