import Foundation
import MayflyCrypto
import MayflyTesting
import SQLClients
import Synchronization

/// A server on which a DBA installed the guard: core, and clean-up in the database `app`. The attacks call it by
/// hand, as the broker's account or as a leaser.
struct GuardAttackServer: Sendable {
    let server: PostgreSQLServer

    static let installation = "attack"
    static let tag = "t1"
    static let password = "leaser-Password-1"
    /// Any lease's verifier here, of `password`.
    static let verifier = makeVerifier(password)

    /// The account's name is one that has to be quoted.
    static let broker = "may\"fly"

    private static let sharedServer = Task { try await start() }

    static func shared() async throws -> GuardAttackServer {
        try await sharedServer.value
    }

    static func start(maxLive: Int = 1000, maxIssuesPerMinute: Int = 100_000) async throws
        -> GuardAttackServer
    {
        let server = try await PostgreSQLServer.start()
        try await server.psql(
            script: """
                CREATE ROLE orders_readonly;
                CREATE ROLE orders_app; CREATE ROLE bystander;
                CREATE ROLE keeper; CREATE ROLE "Mighty keeper" SUPERUSER; CREATE ROLE middleman; GRANT "Mighty keeper" TO middleman;
                CREATE ROLE "the Owner"; CREATE ROLE ddl_owner; CREATE ROLE "Mighty owner" CREATEROLE;
                CREATE DATABASE app;
                \\connect app
                CREATE TABLE orders (id int);
                INSERT INTO orders VALUES (1), (2);
                GRANT SELECT ON orders TO orders_readonly;
                CREATE SCHEMA workshop;
                GRANT USAGE, CREATE ON SCHEMA workshop TO orders_app, "the Owner", ddl_owner;
                GRANT USAGE ON SCHEMA workshop TO PUBLIC;
                GRANT CREATE ON DATABASE app TO orders_app;
                CREATE TABLE workshop.old (a int); CREATE TABLE workshop.older (a int);
                ALTER TABLE workshop.old OWNER TO ddl_owner; ALTER TABLE workshop.older OWNER TO ddl_owner;
                """)
        let core = try script("guard-core.sql", maxLive: maxLive, maxIssuesPerMinute: maxIssuesPerMinute)
        try await server.installGuard(script: core, account: broker)
        try await server.psql(script: script("guard-cleanup.sql"), database: "app")
        try await server.psql(script: script("guard-narrowing.sql"), database: "app")
        return GuardAttackServer(server: server)
    }

    /// The script as `mayflyd guard print` would give it, rendered here by hand.
    static func script(
        _ name: String, maxLive: Int = 1000, maxIssuesPerMinute: Int = 100_000
    ) throws -> String {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/MayflyDatabases/PostgreSQL")
        var text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
        let values = [
            "installation": "'\(installation)'", "tag": "'\(tag)'", "broker": "'\(broker)'",
            "groups": "ARRAY['orders_readonly', 'orders_app']",
            "settings": """
            ARRAY['statement_timeout', 'search_path', 'work_mem', 'role', 'session_authorization',
                  'local_preload_libraries', 'log_statement',
                  'log_min_duration_statement', 'session_replication_role', 'no_such_setting']
            """,
            "owners": "ARRAY['the Owner', 'Mighty owner', 'nobody at all']",
            "ddl_owners": "ARRAY['ddl_owner']",
            "takers": "ARRAY['keeper', 'Mighty keeper', 'middleman', 'nobody at all']",
            "creators": "ARRAY['the Owner', 'ddl_owner']",
            "max_ttl_seconds": "28800", "max_live": "\(maxLive)",
            "max_issues_per_minute": "\(maxIssuesPerMinute)",
        ]
        for (name, value) in values { text = text.replacing("{{\(name)}}", with: value) }
        return text
    }

    /// A connection of the broker's account, with settings of the session as an attacker may choose them.
    func broker(
        settings: [String: String] = [:], database: String = "mayfly"
    ) async throws -> PostgreSQLConnection {
        try await server.connect(
            as: Self.broker, password: "broker-password", database: database, settings: settings)
    }

    /// Calls a function of the guard as the broker, on a connection of its own.
    func call(
        _ function: String, _ batch: String?, settings: [String: String] = [:]
    ) async throws -> PostgreSQLRows {
        let connection = try await broker(settings: settings)
        let rows = try await connection.query("SELECT * FROM mayfly.\(function)($1::jsonb)", [batch])
        await connection.close()
        return rows
    }

    func call(_ function: String, _ lease: GuardAttackLease) async throws -> PostgreSQLRow {
        try await call(function, #"[{"lease": "\#(lease.id)"}]"#).only()
    }

    func clean(_ lease: GuardAttackLease) async throws -> PostgreSQLRow {
        try await cleanup(
            "clean", #"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": \#(lease.oid)}"#)
    }

    func reassign(_ lease: GuardAttackLease, to owner: String = "keeper") async throws -> PostgreSQLRow {
        try await cleanup(
            "reassign",
            #"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": \#(lease.oid), "owner": "\#(owner)"}"#
        )
    }

    /// Calls a function of the clean-up module as the broker, with a batch of one.
    func cleanup(_ function: String, _ member: String) async throws -> PostgreSQLRow {
        let connection = try await broker(database: "app")
        let rows = try await connection.query(
            "SELECT * FROM mayfly_cleanup.\(function)($1::jsonb)", ["[\(member)]"])
        await connection.close()
        return try rows.only()
    }

    /// A lease that may create, after it ran a script, locked, without sessions. `S` in the script is its own schema.
    func ended(after script: String) async throws -> (lease: GuardAttackLease, schema: String) {
        let lease = try await issue(GuardAttackMember(groups: ["orders_app"]))
        let schema = "s_\(lease.role.suffix(13))"
        try await server.psql(
            script: """
                CREATE SCHEMA \(schema);
                GRANT USAGE ON SCHEMA \(schema) TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA \(schema) TO \(lease.role);
                """, database: "app")
        let leaser = try await leaser(lease)
        for statement in script.replacing("S.", with: "\(schema).").split(separator: ";\n") {
            _ = try await leaser.query(String(statement))
        }
        await leaser.close()
        try await lockAndTerminate(lease)
        return (lease, schema)
    }

    /// What a role owns in `app`, as `kind identity`.
    func owned(by role: String) async throws -> Set<String> {
        let rows = try await server.execute(
            """
            SELECT i.type || ' ' || i.identity AS what FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid,
                   LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) i
             WHERE s.refobjid = $1::regrole AND s.deptype = 'o' AND d.datname = current_database()
            """, [role], database: "app")
        return Set(try rows.map { try $0.string("what") })
    }

    /// A lease in good order.
    func issue(_ member: GuardAttackMember = GuardAttackMember()) async throws -> GuardAttackLease {
        let row = try await call("issue", "[\(member.json)]").only()
        guard try row.string("sqlstate") == "00000" else {
            throw TestServerError.timedOut("issue: \(try row.string("message"))")
        }
        return GuardAttackLease(id: member.lease, role: member.role, oid: try row.int("role_oid"))
    }

    func leaser(_ lease: GuardAttackLease, database: String = "app") async throws -> PostgreSQLConnection {
        try await server.connect(as: lease.role, password: Self.password, database: database)
    }

    /// Locks, and ends every session.
    func lockAndTerminate(_ lease: GuardAttackLease) async throws {
        _ = try await call("lock", lease)
        try await eventually("the sessions of \(lease.role) end") {
            try await call("terminate", lease).int("remaining") == 0
        }
    }

    /// The register's view of a lease.
    func find(_ lease: GuardAttackLease) async throws -> PostgreSQLRow {
        try await call("find", lease)
    }

    static func makeVerifier(_ password: String) -> String {
        var bytes = Array(password.utf8)
        do {
            return try bytes.withUnsafeMutableBytes {
                try SCRAMVerifier(password: UnsafeRawBufferPointer($0)).text
            }
        } catch {
            preconditionFailure("a verifier of a constant: \(error)")
        }
    }
}
