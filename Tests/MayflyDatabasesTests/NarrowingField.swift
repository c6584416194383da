import MayflyTesting
import SQLClients
import Testing

/// A group with privileges of its own on tables of its own, in the database `app`, allowed in the guard's core and for
/// narrowing.
struct NarrowingField {
    let guarded: GuardAttackServer
    let group: String
    let schema: String

    static func make(allowed: Bool = true) async throws -> NarrowingField {
        let guarded = try await GuardAttackServer.shared()
        let random = String(GuardAttackMember.randomRole().suffix(13))
        let field = NarrowingField(guarded: guarded, group: "g_\(random)", schema: "s_\(random)")
        try await field.sql(
            """
            CREATE ROLE GROUP NOLOGIN; CREATE SCHEMA SCHEMA; GRANT USAGE ON SCHEMA SCHEMA TO GROUP;
            CREATE TABLE SCHEMA.orders (id serial PRIMARY KEY, customer int, secret text);
            CREATE TABLE SCHEMA.customers (id int, name text, iban text);
            CREATE TABLE SCHEMA.salaries (amount int);
            CREATE TABLE SCHEMA.notices (line text);
            INSERT INTO SCHEMA.orders (customer) VALUES (1), (2);
            INSERT INTO SCHEMA.customers VALUES (1, 'Ada', 'x'); INSERT INTO SCHEMA.salaries VALUES (1);
            GRANT SELECT, INSERT ON SCHEMA.orders TO GROUP;
            GRANT USAGE ON SEQUENCE SCHEMA.orders_id_seq TO GROUP;
            GRANT SELECT (id, name) ON SCHEMA.customers TO GROUP;
            GRANT SELECT ON SCHEMA.notices TO PUBLIC;
            """)
        guard allowed else { return field }
        try await field.sql("INSERT INTO mayfly_narrowing.allowed_base VALUES ('GROUP')")
        try await field.sql("INSERT INTO mayfly.allowed_group VALUES ('GROUP')", database: "mayfly")
        return field
    }

    /// As the superuser; GROUP and SCHEMA stand for those of this field.
    func sql(_ script: String, database: String = "app") async throws {
        try await guarded.server.psql(
            script: script.replacing("ON SCHEMA SCHEMA", with: "ON SCHEMA \(schema)")
                .replacing("CREATE SCHEMA SCHEMA", with: "CREATE SCHEMA \(schema)")
                .replacing("GROUP", with: group).replacing("SCHEMA.", with: "\(schema)."),
            database: database)
    }

    /// A member of a batch; columns are JSON.
    func member(_ tables: [(String, String)] = [("orders", "null")], schema: String? = nil) -> String {
        let scope = tables.map {
            #"{"schema": "\#(schema ?? self.schema)", "table": "\#($0.0)", "columns": \#($0.1)}"#
        }
        return #"{"bases": ["\#(group)"], "scope": [\#(scope.joined(separator: ", "))]}"#
    }

    func call(_ function: String) async throws -> PostgreSQLRows {
        let broker = try await guarded.broker(database: "app")
        let rows = try await broker.query("SELECT * FROM mayfly_narrowing.\(function)()")
        await broker.close()
        return rows
    }

    func call(_ function: String, _ batch: String?) async throws -> PostgreSQLRows {
        let broker = try await guarded.broker(database: "app")
        let rows = try await broker.query("SELECT * FROM mayfly_narrowing.\(function)($1::jsonb)", [batch])
        await broker.close()
        return rows
    }

    func narrow(_ member: String) async throws -> PostgreSQLRow {
        try await call("narrow", "[\(member)]").only()
    }

    /// The narrowed group of a member in good order.
    func group(_ member: String) async throws -> String {
        let row = try await narrow(member)
        try expectCode(row, "00000")
        return try row.string("narrowed")
    }

    /// As when half a minute has passed since it was compared.
    func age(_ narrowed: String, by seconds: Int = 40) async throws {
        try await sql(
            """
            UPDATE mayfly_narrowing.narrowed SET compared_at = compared_at - interval '\(seconds) s',
                asked_at = asked_at - interval '\(seconds) s' WHERE name = '\(narrowed)'
            """)
    }

    /// What `tend` did with it, when it is its turn, which it is in any case where there are few.
    func tend(_ narrowed: String, puttingFirst: Bool = true) async throws -> String? {
        if puttingFirst {
            try await sql(
                "UPDATE mayfly_narrowing.narrowed SET tended_at = '-infinity' WHERE name = '\(narrowed)'")
        }
        let broker = try await guarded.broker(database: "app")
        let rows = try await broker.query(
            "SELECT action FROM mayfly_narrowing.tend() t WHERE t.narrowed = $1", [narrowed])
        await broker.close()
        return try rows.first?.string("action")
    }

    /// Why the register says that it is not used; empty when it is.
    func fault(_ narrowed: String) async throws -> String {
        try await guarded.server.execute(
            "SELECT coalesce(fault, '') AS fault FROM mayfly_narrowing.narrowed WHERE name = $1", [narrowed],
            database: "app"
        ).only().string("fault")
    }

    /// What `mayflyd check` is told.
    func faults() async throws -> [String] {
        let broker = try await guarded.broker(database: "app")
        let rows = try await broker.query(
            "SELECT jsonb_array_elements_text(mayfly_narrowing.describe() -> 'faults') AS fault")
        await broker.close()
        return try rows.map { try $0.string("fault") }
    }

    func issue(_ narrowed: String) async throws -> PostgreSQLRow {
        let member = GuardAttackMember(groups: [narrowed])
        return try await guarded.call("issue", "[\(member.json)]").only()
    }

    /// A session of a lease that was narrowed.
    func leaser(_ narrowed: String) async throws -> (GuardAttackLease, PostgreSQLConnection) {
        let lease = try await guarded.issue(GuardAttackMember(groups: [narrowed]))
        return (lease, try await guarded.leaser(lease))
    }

    func exists(_ role: String) async throws -> Bool {
        try await !guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [role]).isEmpty
    }
}
