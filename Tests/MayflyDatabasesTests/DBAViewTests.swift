import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// The views for DBAs, on real servers.
@Suite struct DBAViewTests {
    @Test("PostgreSQL: a role is shown with its comment decoded, others by their names, and no verifier")
    func postgresql() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.psql(
            script: """
                CREATE SCHEMA "odd ""schema"; CREATE ROLE mf_cf_lookalike; CREATE ROLE reader LOGIN;
                COMMENT ON ROLE mf_cf_lookalike IS 'mayfly installation=x lease=nonsense until=';
                """, database: "orders")
        let view = DBAView(engine: .postgresql, schema: "odd \"schema", name: "the `view` é")
        // Twice: it replaces what it made.
        for _ in 0..<2 { try await environment.server.psql(script: try view.script(), database: "orders") }
        let rows = try await environment.server.execute(
            #"SELECT role, installation, lease, requester, overdue, sessions, member_of, powers, v::text AS all FROM "odd ""schema"."the `view` é" v ORDER BY role"#,
            database: "orders")
        let row = try #require(rows.first { $0.values.first == made.order.role.rawValue })
        #expect(try row.string("installation") == "conformance")
        #expect(try row.string("lease") == made.order.lease.rawValue)
        #expect(try row.string("requester") == "alice")
        #expect(try row.string("member_of") == "{orders_readonly}")
        #expect(try row.string("powers") == "{}" && row.bool("overdue") == false)
        #expect(try !row.string("all").contains("SCRAM"))
        let lookalike = try #require(rows.first { $0.values.first == "mf_cf_lookalike" })
        #expect(try lookalike.optionalString("requester") == nil)
        #expect(!rows.contains { $0.values.first == "orders_readonly" || $0.values.first == "reader" })

        // It is nobody's but its owner's, and who is let in sees what they could see anyway.
        try await environment.server.setPassword("x", of: "reader")
        let reader = try await environment.server.connect(as: "reader", password: "x", database: "orders")
        await #expect(throws: (any Error).self) {
            _ = try await reader.query(#"SELECT * FROM "odd ""schema"."the `view` é""#)
        }
        await reader.close()
        _ = try await suite.revoke(made)
    }

    @Test(
        "PostgreSQL: another's view of that name does not stay theirs, and what all may write in is no place for it"
    )
    func hostileView() async throws {
        let server = try await PostgreSQLEnvironment.shared().server
        try await server.psql(
            script: """
                CREATE ROLE view_thief; CREATE SCHEMA tools; GRANT USAGE, CREATE ON SCHEMA tools TO view_thief;
                SET ROLE view_thief; CREATE VIEW tools.mayfly_roles AS SELECT 1 AS role; RESET ROLE;
                CREATE SCHEMA everybodys; GRANT CREATE ON SCHEMA everybodys TO PUBLIC;
                """, database: "orders_archive")
        let view = DBAView(engine: .postgresql, schema: "tools")
        try await server.psql(script: try view.script(), database: "orders_archive")
        let made = try await server.execute(
            """
            SELECT relowner::regrole::text AS owner, coalesce(array_to_string(reloptions, ','), '') AS options,
                   current_setting('server_version_num')::int / 10000 AS major
              FROM pg_class WHERE oid = 'tools.mayfly_roles'::regclass
            """, database: "orders_archive"
        ).only()
        #expect(try made.string("owner") == "postgres")
        #expect(try made.string("options") == (made.int("major") >= 15 ? "security_invoker=true" : ""))
        await #expect(throws: (any Error).self) {
            try await server.psql(
                script: "SET ROLE view_thief; CREATE OR REPLACE VIEW tools.mayfly_roles AS SELECT 2 AS role;",
                database: "orders_archive")
        }
        await #expect(throws: (any Error).self) {
            let view = DBAView(engine: .postgresql, schema: "everybodys")
            try await server.psql(script: try view.script(), database: "orders_archive")
        }
        let none = try await server.execute(
            "SELECT to_regclass('everybodys.mayfly_roles') IS NULL AS none", database: "orders_archive")
        #expect(try none.only().bool("none"))
        try await server.psql(
            script: "DROP SCHEMA tools CASCADE; DROP SCHEMA everybodys; DROP ROLE view_thief",
            database: "orders_archive")
    }

    @Test("MariaDB, MySQL: an account is shown with who is behind it, with the rights of whoever asks")
    func mariadb() async throws {
        let environment = try await MariaDBEnvironment.shared()
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let stray = try suite.order().order.role
        try await environment.makeStray(stray)
        let engine: EngineKind = server.isMySQL ? .mysql : .mariadb
        let view = DBAView(engine: engine, name: "odd `view")
        for _ in 0..<2 { try await server.client(script: try view.script()) }
        let rows = try await server.execute(
            "SELECT role, lease, requester, sessions FROM mayfly.`odd ``view`")
        let row = try #require(rows.first { $0.values.first == made.order.role.rawValue })
        #expect(try row.string("lease") == made.order.lease.rawValue)
        #expect(try row.string("requester") == "alice" && row.int("sessions") == 0)
        let lookalike = try #require(rows.first { $0.values.first == stray.rawValue })
        #expect(try lookalike.optionalString("requester") == nil)
        try await server.execute("CREATE USER curious@localhost IDENTIFIED BY 'Curious-4711'")
        try await server.execute("GRANT SELECT ON mayfly.`odd ``view` TO curious@localhost")
        let curious = try await server.connect(as: "curious", password: "Curious-4711")
        await #expect(throws: (any Error).self) {
            _ = try await curious.query("SELECT * FROM mayfly.`odd ``view`")
        }
        await curious.close()
        try await server.execute("DROP USER curious@localhost")
        try await environment.dropRole(stray)
        _ = try await suite.revoke(made)
    }

    @Test("A name that cannot be one is refused", arguments: [EngineKind.postgresql, .mariadb, .mysql])
    func names(engine: EngineKind) {
        for name in ["", String(repeating: "x", count: 65), "a\nb", "a\u{0}b"] {
            #expect(throws: EngineFailure.self) { _ = try DBAView(engine: engine, name: name).script() }
        }
    }
}
