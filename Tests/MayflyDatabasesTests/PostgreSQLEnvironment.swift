import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients

/// A throw-away PostgreSQL with the guard, two databases and a group, for the conformance suite.
struct PostgreSQLEnvironment: DatabaseEngineTrouble {
    static let account = "mayfly"
    static let password = "broker p@ss/#{}'\\word"

    let server: PostgreSQLServer
    let definition: DatabaseDefinition
    let profile: Profile
    let engine: any DatabaseEngine
    let group = "orders_readonly"
    let databases = (main: "orders", other: "orders_archive")
    static let installation = Configuration.Installation(
        name: "conformance", tag: InstallationTag(rawValue: "cf")!)  // two letters: a tag
    var tag: InstallationTag { Self.installation.tag }

    private static let shared = Task { try await make() }

    private static let sharedDirect = Task { try await make { $0.mode = .direct } }

    /// As `shared`, without a guard.
    static func direct() async throws -> PostgreSQLEnvironment { try await sharedDirect.value }

    /// One for all tests that don't hurt their server.
    static func shared() async throws -> PostgreSQLEnvironment {
        try await shared.value
    }

    /// - Parameters:
    ///   - installing: another script than this program's.
    ///   - owner: who owns guard, databases and group, and is no superuser (`makeOwner`).
    ///   - adjust: changes the definition, for a server of one's own.
    static func make(
        _ given: PostgreSQLServer? = nil, installing: String? = nil, owner: Owner? = nil,
        adjust: (inout DatabaseDefinition) -> Void = { _ in },
        profile adjustProfile: (inout Profile) -> Void = { _ in }
    ) async throws -> PostgreSQLEnvironment {
        let server = if let given { given } else { try await PostgreSQLServer.start() }
        if let owner { try await owner.make(on: server) }
        try await server.psql(
            script: """
                CREATE DATABASE orders; CREATE DATABASE orders_archive;
                CREATE ROLE orders_readonly NOLOGIN;
                """, as: owner?.login)
        for database in ["orders", "orders_archive"] {
            if try await server.majorVersion() < 15 {
                // Until then everybody may, which `check` warns of; the statement is its own.
                try await server.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database: database)
            }
            if let owner {
                try await server.execute("GRANT CREATE ON SCHEMA public TO \(owner.name)", database: database)
            }
            try await server.psql(
                script: """
                    CREATE TABLE customers (name text); CREATE TABLE secrets (name text);
                    GRANT USAGE ON SCHEMA public TO orders_readonly; GRANT SELECT ON customers TO orders_readonly;
                    """, database: database, as: owner?.login)
        }
        var definition = DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: .postgresql, hosts: ["127.0.0.1"],
            port: server.port,
            database: "orders", also: ["orders_archive"], tls: .init(mode: .disable),
            account: .init(user: account, password: .none), timeoutSeconds: 30,
            ceilings: .init(maxTTL: try TTL(seconds: 3600)))
        adjust(&definition)
        var profile = Profile(
            name: ProfileName(unchecked: "orders-read"), database: definition.name,
            ttl: .init(default: try TTL(seconds: 600), max: try TTL(seconds: 3600)),
            memberOf: ["orders_readonly"],
            settings: ["statement_timeout": "60s"])
        adjustProfile(&profile)
        if definition.mode == .direct {
            try await makeAccount(server, definition, profile)
        } else {
            let script = PostgreSQLGuard(
                definition: definition, installation: installation, profiles: [profile])
            try await server.psql(script: try installing ?? script.installScript(), as: owner?.login)
            if owner != nil, try await server.majorVersion() < 15 {
                // Until then a superuser owns this schema everywhere: that owner's script could not do it.
                try await server.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", database: "mayfly")
            }
            try await server.setPassword(password, of: account)
        }
        return PostgreSQLEnvironment(
            server: server, definition: definition, profile: profile, engine: engine(definition, password))
    }

    /// What `mayflyd guard print` prints for `mode: direct`; and rights that the account may hand to a role itself.
    private static func makeAccount(
        _ server: PostgreSQLServer, _ definition: DatabaseDefinition, _ profile: Profile
    ) async throws {
        try await server.psql(script: try DirectAccount(definition, [profile]).script())
        try await server.setPassword(password, of: account)
        for database in ["orders", "orders_archive"] {
            try await server.psql(
                script: """
                    GRANT SELECT ON secrets TO \(account) WITH GRANT OPTION;
                    GRANT CONNECT ON DATABASE \(database) TO \(account) WITH GRANT OPTION;
                    """, database: database)
        }
    }

    /// Somebody who is no superuser, as the administrators of managed services are.
    struct Owner: Sendable {
        let name = "dbadmin"
        var login: (user: String, password: String) { (name, "owner-password") }

        func make(on server: PostgreSQLServer) async throws {
            for statement in [
                "CREATE ROLE rds_superuser NOLOGIN", "GRANT pg_monitor, pg_signal_backend TO rds_superuser",
                "CREATE ROLE \(name) LOGIN CREATEROLE CREATEDB IN ROLE rds_superuser",
            ] {
                try await server.execute(statement)
            }
            try await server.setPassword(login.password, of: name)
        }
    }

    /// The scripts of this program for this server.
    var scripts: PostgreSQLGuard {
        PostgreSQLGuard(definition: definition, installation: Self.installation, profiles: [profile])
    }

    static func engine(_ definition: DatabaseDefinition, _ password: String) -> PostgreSQLEngine {
        PostgreSQLEngine(definition: definition, installation: installation) {
            AccountPassword(copying: password.utf8)
        }
    }

    /// A session through libpq.
    struct Session: DatabaseEngineSession {
        let connection: PostgreSQLConnection

        func run(_ sql: String) async throws { _ = try await connection.query(sql) }
        func end() async { await connection.close() }
    }

    func logIn(_ role: RoleName, password: String) async throws -> any DatabaseEngineSession {
        Session(
            connection: try await server.connect(
                as: role.rawValue, password: password, database: databases.main))
    }

    func roleExists(_ role: String) async throws -> Bool {
        try await server.execute("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]).count == 1
    }

    var settings: [String: String] { ["statement_timeout": "60s"] }

    func grantDirectly(to role: RoleName) async throws {
        guard definition.mode == .guard else { return try await grantAsAccount(to: role) }
        for database in [databases.main, databases.other] {
            try await server.execute("GRANT SELECT ON secrets TO \(role)", database: database)
            // Of sequences, which no other test makes meanwhile: they would be granted to this role, too.
            try await server.execute(
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO \(role)", database: database)
        }
        try await server.execute("GRANT CONNECT ON DATABASE \(databases.other) TO \(role)")
    }

    /// Without a guard the broker takes away what it gave; what others gave is theirs to take.
    private func grantAsAccount(to role: RoleName) async throws {
        for database in [databases.main, databases.other] {
            try await server.psql(
                script: """
                    SET SESSION AUTHORIZATION \(Self.account);
                    GRANT SELECT ON secrets TO \(role);
                    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO \(role);
                    GRANT CONNECT ON DATABASE \(database) TO \(role);
                    """, database: database)
        }
    }

    func leaveObject(of role: RoleName) async throws -> String {
        let table = "kept_\(role.rawValue.suffix(13))"
        try await server.execute("CREATE TABLE \(table) AS SELECT 42 AS answer", database: databases.main)
        try await server.execute("ALTER TABLE \(table) OWNER TO \(role)", database: databases.main)
        return table
    }

    func answer(of object: String) async throws -> String? {
        try await server.execute("SELECT answer FROM \(object)", database: databases.main).first?.values.first
            ?? nil
    }

    func takeOver(_ object: String, of role: RoleName) async throws {
        try await server.execute("ALTER TABLE \(object) OWNER TO CURRENT_USER", database: databases.main)
    }

    func remove(_ object: String) async throws {
        try await server.execute("DROP TABLE \(object)", database: databases.main)
    }

    func dropRole(_ role: RoleName) async throws { try await server.execute("DROP ROLE \(role)") }
    func makeStray(_ role: RoleName) async throws { try await server.execute("CREATE ROLE \(role)") }

    func engineWithWrongPassword() -> any DatabaseEngine { Self.engine(definition, "wrong") }
    func stop() async throws { try await server.stop() }
    func start() async throws { try await server.start() }
    func restart() async throws { try await server.restart(.immediate) }
    func freeze() async throws { try await server.freeze() }
    func thaw() async throws { try server.thaw() }

    /// Or what takes its place.
    func removeGuard() async throws {
        guard definition.mode == .guard else {
            try await server.execute("ALTER ROLE \(Self.account) NOCREATEROLE")
            return
        }
        try await server.execute("DROP SCHEMA mayfly CASCADE", database: "mayfly")
    }

    func dropAccount() async throws {
        let home = definition.mode == .guard ? ["mayfly"] : []
        for database in home + [databases.main, databases.other] {
            try await server.execute("DROP OWNED BY \(Self.account)", database: database)
        }
        try await server.execute("DROP ROLE \(Self.account)")
    }

    func exhaustConnections() async throws -> [any DatabaseEngineSession] {
        try await server.execute("CREATE ROLE hog LOGIN")
        try await server.setPassword("hog", of: "hog")
        var sessions: [any DatabaseEngineSession] = []
        while true {
            do {
                sessions.append(
                    Session(
                        connection: try await server.connect(as: "hog", password: "hog", database: "orders")))
            } catch let error as PostgreSQLError where error.sqlState == .tooManyConnections {
                return sessions
            }
        }
    }
}
