import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// What groups really give on PostgreSQL, what everybody can, and what would be run.
@Suite(.serialized) struct PostgreSQLEffectivePrivilegesTests {
    private static let shared = Task {
        let environment = try await PostgreSQLEnvironment.make()
        try await environment.server.psql(
            script: """
                CREATE SCHEMA "Odd, schema"; CREATE TABLE "Odd, schema"."t""1" (id int, "c.1" int, x int);
                CREATE ROLE upper NOLOGIN; CREATE ROLE readers NOLOGIN; GRANT upper TO readers;
                CREATE ROLE owner_of_things NOLOGIN;
                GRANT USAGE ON SCHEMA "Odd, schema" TO readers;
                GRANT SELECT (id, "c.1") ON "Odd, schema"."t""1" TO readers;
                CREATE TABLE by_parent (id int); GRANT SELECT, INSERT ON by_parent TO upper WITH GRANT OPTION;
                CREATE TABLE shown (id int); GRANT SELECT ON shown TO PUBLIC;
                CREATE TABLE walled (id int); GRANT SELECT ON walled TO readers;
                ALTER TABLE walled ENABLE ROW LEVEL SECURITY; CREATE POLICY some_rows ON walled TO readers USING (id > 1);
                CREATE POLICY of_others ON walled TO owner_of_things USING (true);
                CREATE FUNCTION lifted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
                CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO readers;
                CREATE TABLE makers (id int); ALTER TABLE makers OWNER TO owner_of_things;
                GRANT CREATE ON SCHEMA public TO PUBLIC;
                """, database: "orders")
        return environment
    }

    @Test(
        "What groups give is told with what they inherit, columns, sequences and policies; what everybody can, apart"
    )
    func reading() async throws {
        let environment = try await Self.shared.value
        let found = try await environment.engine.effectivePrivileges(of: ["readers"])
        let own = found.entries.filter { !$0.isPublic }.map(\.line)
        #expect(
            own == [
                "USAGE on schema \"Odd, schema\"", "some_rows on row-level security public.walled",
                "INSERT WITH GRANT OPTION, SELECT WITH GRANT OPTION on table public.by_parent",
                "SELECT on table public.walled", "USAGE on sequence public.numbers",
                "SELECT on column \"Odd, schema\".\"t\"\"1\".\"c.1\"",
                "SELECT on column \"Odd, schema\".\"t\"\"1\".id",
            ])
        let everybody = found.entries.filter(\.isPublic).map(\.line)
        for line in [
            "SELECT on table public.shown", "CREATE, USAGE on schema public",
            "EXECUTE on function public.lifted()",
            "CONNECT, TEMPORARY on database orders", "CONNECT, TEMPORARY on database orders_archive",
        ] { #expect(everybody.contains(line), "\(line) in \(everybody)") }
        #expect(!everybody.contains { $0.contains("plain") || $0.contains("pg_catalog") })
        #expect(!found.isCut)
        let again = try await environment.engine.effectivePrivileges(of: ["readers"])
        #expect(try again.encoded() == found.encoded())
        let owner = try await environment.engine.effectivePrivileges(of: ["owner_of_things"])
        #expect(owner.entries.contains { $0.line == "OWNER on table public.makers" })
    }

    @Test(
        "The preflight warns of what everybody can do, with statements that close it and lock nobody out who is known"
    )
    func everybody() async throws {
        let environment = try await Self.shared.value
        try await environment.server.psql(
            script: """
                CREATE ROLE app LOGIN; CREATE TABLE apps_own (id int); ALTER TABLE apps_own OWNER TO app;
                """, database: "orders")
        func findings() async -> [Finding] {
            await environment.engine.preflight(profiles: []).filter { $0.check == "everybody in \"orders\"" }
        }
        let found = await findings()
        #expect(found.map(\.severity) == .init(repeating: .warning, count: 5))
        let statements = found.compactMap(\.statement)
        #expect(
            statements.contains {
                $0.hasPrefix("GRANT CREATE ON SCHEMA public TO app, owner_of_things; REVOKE CREATE")
            })
        #expect(statements.contains { $0.contains("REVOKE ALL ON TABLE public.shown FROM PUBLIC;") })
        #expect(statements.contains { $0.contains("REVOKE EXECUTE ON ROUTINE public.lifted() FROM PUBLIC;") })
        // Run as printed, they leave nothing to say, and who is known to need it goes on.
        try await environment.server.psql(script: statements.joined(separator: "\n"), database: "orders")
        #expect(await findings().isEmpty)
        let rows = try await environment.server.execute(
            """
            SELECT has_database_privilege('app', 'orders_archive', 'CONNECT')
               AND has_database_privilege('mayfly', 'orders_archive', 'CONNECT')
               AND has_database_privilege('app', 'orders', 'TEMPORARY')
               AND has_schema_privilege('app', 'public', 'CREATE')
               AND NOT has_schema_privilege('readers', 'public', 'CREATE') AS kept
            """, database: "orders")
        #expect(try rows.only().bool("kept"))
    }

    @Test("What would be run is what the guard runs, without a verifier, and nothing is run")
    func preview() async throws {
        let suite = DatabaseEngineConformance(try await Self.shared.value)
        let environment = suite.environment
        let settings = ["statement_timeout": "60s"]
        let made = try suite.order(settings: settings)
        let before = try await environment.server.execute("SELECT count(*) AS n FROM pg_roles").only().int(
            "n")
        let preview = try await suite.engine.preview(made.order)
        #expect(
            try await environment.server.execute("SELECT count(*) AS n FROM pg_roles").only().int("n")
                == before)
        let text = preview.statements.joined(separator: ";\n") + ";"
        #expect(!text.contains(made.order.verifier.text) && text.contains("PASSWORD '‹verifier›'"))
        #expect(preview.privileges.entries.contains { $0.line == "SELECT on table public.customers" })

        // Beside a role that the guard made: the same in the catalogue.
        try await suite.issue(made)
        let twin = "twin_\(made.order.role.rawValue.suffix(13))"
        let shown = String(made.order.role.rawValue.dropLast(RoleName.randomLength)) + "‹random›"
        try await environment.server.psql(
            script: text.replacing(shown, with: twin).replacing("‹verifier›", with: made.order.verifier.text)
                .replacing("‹now + \(made.order.ttl)›", with: "2030-01-01").replacing("‹", with: "<"))
        let rows = try await environment.server.execute(
            """
            SELECT to_jsonb(r) - 'oid' - 'rolname' - 'rolvaliduntil' AS attributes,
                   (SELECT jsonb_agg(jsonb_build_array(m.roleid, to_jsonb(m) - 'oid' - 'member' - 'grantor'))
                      FROM pg_auth_members m WHERE m.member = r.oid) AS members
              FROM pg_roles r WHERE rolname IN ($1, $2)
            """, [made.order.role.rawValue, twin])
        #expect(rows.count == 2)
        #expect(try rows[0].string("attributes") == rows[1].string("attributes"))
        #expect(try rows[0].string("members") == rows[1].string("members"))
        _ = try await suite.revoke(made)
    }
}
