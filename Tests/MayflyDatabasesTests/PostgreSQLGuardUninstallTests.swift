import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// `guard print --uninstall` through psql.
@Suite(.serialized) struct PostgreSQLGuardUninstallTests {
    /// What a server has that a guard could have changed. Rights that are the default may be written out or not.
    private func catalogue(_ server: PostgreSQLServer) async throws -> [[String?]] {
        let shared = """
            SELECT 'role', r.rolname::text, r.rolcanlogin::text FROM pg_roles r
             UNION ALL
            SELECT 'database', d.datname, (SELECT string_agg(a::text, ' ' ORDER BY a::text)
                FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) FROM pg_database d
             UNION ALL SELECT 'member', m.roleid::regrole::text, m.member::regrole::text FROM pg_auth_members m
             UNION ALL SELECT 'comment', c.objoid::text, c.description FROM pg_shdescription c
             UNION ALL SELECT 'setting', s.setdatabase::text, s.setconfig::text FROM pg_db_role_setting s
             ORDER BY 1, 2, 3
            """
        let own = """
            SELECT 'schema', n.nspname::text, n.nspacl::text FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp'
             UNION ALL SELECT 'function', p.oid::regprocedure::text, p.proacl::text FROM pg_proc p WHERE p.oid >= 16384
             UNION ALL SELECT 'relation', c.oid::regclass::text, c.relacl::text FROM pg_class c
                 WHERE c.oid >= 16384 AND c.relkind <> 't' AND c.relnamespace <> 'pg_toast'::regnamespace
             ORDER BY 1, 2
            """
        var rows = try await server.execute(shared).map(\.values)
        for database in ["postgres", "orders", "orders_archive"] {
            rows += try await server.execute(own, database: database).map { [database] + $0.values }
        }
        return rows
    }

    @Test func aGuardThatIsTakenAwayLeavesTheServerAsItWas() async throws {
        let server = try await PostgreSQLServer.start()
        // Of two environments the second finds the databases of the first.
        let environment = try await PostgreSQLEnvironment.make(server)
        let suite = DatabaseEngineConformance(environment)
        let script = try environment.scripts.uninstallScript(onServerOf: [environment.definition])
        try await server.psql(script: script)
        let bare = try await catalogue(server)
        #expect(!bare.contains { $0.contains { $0?.contains("mayfly") == true } }, "\(bare)")
        #expect(
            try await server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'orders_readonly'").count == 1)

        try await server.installGuard(
            script: try environment.scripts.installScript(), account: PostgreSQLEnvironment.account,
            password: PostgreSQLEnvironment.password)
        #expect(try await catalogue(server) != bare)
        let made = try suite.order()
        try await eventually("the new guard is used") {
            if case .success = await environment.engine.issue([made.order])[0] { true } else { false }
        }
        // Refused while it lives, which is named.
        do {
            try await server.psql(script: script)
            Issue.record("not refused")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains(made.order.role.rawValue))
        }
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT 1")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 1))
        try await server.psql(script: script)
        #expect(try await catalogue(server) == bare)
        // Again changes nothing.
        try await server.psql(script: script)
        #expect(try await catalogue(server) == bare)
    }

    @Test func whatIsNotOfThisGuardIsNotDropped() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        let script = try environment.scripts.uninstallScript(onServerOf: [])
        // A role that only looks like ours might be one that a restored register forgot.
        try await server.execute("CREATE ROLE mf_cf_bob_aaaaaaaaaaaaa")
        await #expect(throws: TestCommand.Failure.self) { try await server.psql(script: script) }
        try await server.execute("DROP ROLE mf_cf_bob_aaaaaaaaaaaaa")
        try await server.execute("UPDATE mayfly.guard SET installation = 'another'", database: "mayfly")
        await #expect(throws: TestCommand.Failure.self) { try await server.psql(script: script) }
        try await server.execute("UPDATE mayfly.guard SET installation = 'conformance'", database: "mayfly")
        // Somebody's own things in the database that is to go.
        try await server.execute("CREATE SCHEMA precious", database: "mayfly")
        await #expect(throws: TestCommand.Failure.self) { try await server.psql(script: script) }
        #expect(await environment.engine.health().failure == nil)
        try await server.execute("DROP SCHEMA precious", database: "mayfly")
        try await server.psql(script: script)
        #expect(try await server.execute("SELECT 1 FROM pg_database WHERE datname = 'mayfly'").isEmpty)
    }
}
