import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// `guard print --upgrade` through psql, over a guard of version 1 with living leases.
@Suite(.serialized) struct PostgreSQLGuardUpgradeTests {
    private func older() async throws -> PostgreSQLEnvironment {
        try await PostgreSQLEnvironment.make(installing: try Fixture.text("guard-postgresql-1.sql"))
    }

    private func guardRow(_ server: PostgreSQLServer) async throws -> [String?] {
        try await server.execute("SELECT g::text FROM mayfly.guard g", database: "mayfly").only().values
    }

    @Test func leasesLiveOnThroughAnUpgradeAndAreRenewedAndRevokedAfterIt() async throws {
        let environment = try await older()
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        // This program goes on with the older guard.
        let made = try [suite.order(), suite.order(settings: environment.settings), suite.order()]
        for one in made { try await suite.issue(one) }
        let session = try await environment.logIn(made[0].order.role, password: made[0].password)
        try await environment.grantDirectly(to: made[1].order.role)
        let before = await environment.engine.preflight(profiles: [environment.profile])
        #expect(before.allSatisfy { $0.severity < .warning || $0.check.hasPrefix("everybody") }, "\(before)")
        #expect(before.contains { $0.statement?.contains("--upgrade") == true })
        guard case .gone = try await suite.revoke(made[2]) else {
            Issue.record("not gone")
            return
        }
        // What a DBA changed by hand.
        for statement in [
            "CREATE ROLE scheduler", "CREATE ROLE reader", "CREATE ROLE orders_more",
            "GRANT EXECUTE ON FUNCTION mayfly.end_overdue() TO scheduler",
            "GRANT SELECT ON mayfly.who TO reader",
            "INSERT INTO mayfly.allowed_group VALUES ('orders_more')",
            "UPDATE mayfly.guard SET max_live = 77, max_issues_per_minute = 88",
        ] {
            try await server.execute(statement, database: "mayfly")
        }
        let register =
            "SELECT l.lease, l.role, l.role_oid, l.valid_until, l.ended_at FROM mayfly.lease l ORDER BY 1"
        let rows = try await server.execute(register, database: "mayfly").map(\.values)

        let script = try environment.scripts.upgradeScript()
        try await server.psql(script: script)
        try await server.psql(script: script)

        #expect(try await server.execute(register, database: "mayfly").map(\.values) == rows)
        let kept = try await server.execute(
            """
            SELECT g.max_live, g.max_issues_per_minute, (SELECT count(*) FROM mayfly.allowed_group) AS groups,
                   has_function_privilege('scheduler', 'mayfly.end_overdue()', 'EXECUTE') AS scheduler,
                   has_table_privilege('reader', 'mayfly.who', 'SELECT') AS reader
              FROM mayfly.guard g
            """, database: "mayfly"
        ).only()
        #expect(kept.values == ["77", "88", "2", "t", "t"])
        #expect(await environment.engine.health().guardVersion == PostgreSQLGuard.version)
        let after = await environment.engine.preflight(profiles: [environment.profile])
        #expect(
            after.allSatisfy {
                $0.severity < .warning || !$0.check.contains("guard") && !$0.check.contains("clean-up")
            },
            "\(after)")
        #expect(after.contains { $0.check == "guard" && $0.message.contains("unchanged") })

        try await session.run("SELECT count(*) FROM customers")
        _ = try await #require(
            environment.engine.renew([RenewOrder(lease: made[0].order.lease, ttl: try TTL(seconds: 1200))])
                .first
        ).get()
        #expect(try await suite.revoke(made[0]) == .gone(sessionsEnded: 1))
        #expect(try await suite.revoke(made[1]) == .gone(sessionsEnded: 0))
        let fresh = try suite.order()
        try await suite.issue(fresh)
        _ = try await suite.revoke(fresh)
    }

    @Test func whatIsNotThisGuardIsRefusedAndStaysAsItIs() async throws {
        let environment = try await older()
        let server = environment.server
        let script = try environment.scripts.upgradeScript(of: .core)
        let functions =
            "SELECT count(*), min(p.oid), max(p.oid) FROM pg_proc p WHERE p.pronamespace = 'mayfly'::regnamespace"
        let before = try await server.execute(functions, database: "mayfly").only().values
        for (change, back) in [
            ("guard_version = 99", "guard_version = 1"),
            ("installation = 'another'", "installation = 'conformance'"),
            ("tag = 'xx'", "tag = 'cf'"), ("broker = 'postgres'", "broker = 'mayfly'"),
        ] {
            try await server.execute("UPDATE mayfly.guard SET \(change)", database: "mayfly")
            await #expect(throws: TestCommand.Failure.self, "\(change)") {
                try await server.psql(script: script)
            }
            try await server.execute("UPDATE mayfly.guard SET \(back)", database: "mayfly")
            #expect(try await server.execute(functions, database: "mayfly").only().values == before)
        }
        // Where there is none, none is made.
        let cleanup = try environment.scripts.upgradeScript(of: .cleanup)
        await #expect(throws: TestCommand.Failure.self) { try await server.psql(script: cleanup) }
        #expect(
            try await server.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'mayfly%'").isEmpty)
    }

    @Test func aFunctionThatSomebodyAddedIsGoneAfterIt() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        try await environment.server.execute(
            """
            CREATE FUNCTION mayfly.superuser(who text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
            'BEGIN EXECUTE format(''ALTER ROLE %I SUPERUSER'', who); END'
            """, database: "mayfly")
        try await environment.server.psql(script: try environment.scripts.upgradeScript())
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(
            findings.allSatisfy { $0.severity < .warning || $0.check.hasPrefix("everybody") }, "\(findings)")
    }

    @Test func narrowingIsBroughtAlongWhereItIsInstalled() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        try await server.psql(script: try environment.scripts.narrowingScript(), database: "orders")
        try await server.execute("UPDATE mayfly_narrowing.guard SET max_groups = 7", database: "orders")
        try await server.psql(
            script: "CREATE ROLE scheduler; GRANT EXECUTE ON FUNCTION mayfly_narrowing.tend() TO scheduler",
            database: "orders")
        let functions = """
            SELECT count(*) AS functions, min(p.oid) AS oldest FROM pg_proc p
             WHERE p.pronamespace = 'mayfly_narrowing'::regnamespace
            """
        let before = try await server.execute(functions, database: "orders").only()
        try await server.psql(script: try environment.scripts.upgradeScript())
        let after = try await server.execute(functions, database: "orders").only()
        #expect(try after.int("functions") == before.int("functions"))
        #expect(try after.int("oldest") > before.int("oldest"))
        #expect(
            try await server.execute("SELECT max_groups FROM mayfly_narrowing.guard", database: "orders")
                .only()
                .values == ["7"])
        let scheduler = try await server.execute(
            "SELECT has_function_privilege('scheduler', 'mayfly_narrowing.tend()', 'EXECUTE') AS may",
            database: "orders")
        #expect(try scheduler.only().bool("may"))
        let engine = try #require(environment.engine as? PostgreSQLEngine)
        let findings = await engine.preflight(
            asDBA: "postgres", password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8))
        #expect(findings.allSatisfy { $0.severity < .warning }, "\(findings)")
        let there = "SELECT 1 FROM pg_namespace WHERE nspname = 'mayfly_narrowing'"
        #expect(try await server.execute(there, database: "orders_archive").isEmpty)
        try await server.psql(script: try environment.scripts.uninstallScript(onServerOf: []))
        #expect(try await server.execute(there, database: "orders").isEmpty)
    }

    @Test func aCallThatComesInTheMiddleIsDoneOrUndone() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let script = try environment.scripts.upgradeScript()
        let over = Over()
        let made = try await withThrowingTaskGroup(
            of: [DatabaseEngineConformance<PostgreSQLEnvironment>.Made].self
        ) {
            group in
            for _ in 0..<3 {
                group.addTask {
                    var issued: [DatabaseEngineConformance<PostgreSQLEnvironment>.Made] = []
                    while await !over.isSet {
                        let one = try suite.order()
                        if case .success = await environment.engine.issue([one.order])[0] {
                            issued.append(one)
                        }
                    }
                    return issued
                }
            }
            for _ in 0..<5 { try await environment.server.psql(script: script) }
            await over.set()
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(made.count > 5)
        // Whatever was said of each, register and catalogue have the same roles.
        let difference = try await environment.server.execute(
            """
            SELECT l.role FROM mayfly.lease l WHERE l.ended_at IS NULL
              AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = l.role AND r.oid = l.role_oid)
             UNION ALL
            SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'mf\\_cf\\_%'
              AND NOT EXISTS (SELECT FROM mayfly.lease l WHERE l.role = r.rolname AND l.ended_at IS NULL)
            """, database: "mayfly")
        #expect(difference.isEmpty)
        for one in made {
            #expect(try await environment.roleExists(one.order.role.rawValue))
            #expect(try await suite.revoke(one) == .gone(sessionsEnded: 0))
        }
    }

    private actor Over {
        var isSet = false
        func set() { isSet = true }
    }
}
