import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// `guard print --upgrade` through the client, over older guards with living leases.
@Suite(.serialized) struct MariaDBGuardUpgradeTests {
    private static let older = MariaDBServer.isMariaDBByDefault ? ["mariadb-1", "mariadb-2"] : ["mysql-1"]

    private func environment(_ name: String) async throws -> MariaDBEnvironment {
        try await MariaDBEnvironment.make(installing: try Fixture.text("guard-\(name).sql"))
    }

    @Test(arguments: older)
    func leasesLiveOnThroughAnUpgradeAndAreRenewedAndRevokedAfterIt(name: String) async throws {
        let environment = try await environment(name)
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        // This program goes on with the older guard.
        let made = try [suite.order(), suite.order(settings: environment.settings), suite.order()]
        for one in made { try await suite.issue(one) }
        let session = try await environment.logIn(made[0].order.role, password: made[0].password)
        let before = await environment.engine.preflight(profiles: [environment.profile])
        #expect(before.allSatisfy { $0.severity < .warning || $0.check == "ceilings" }, "\(before)")
        guard case .gone = try await suite.revoke(made[2]) else {
            Issue.record("not gone")
            return
        }
        // What a DBA changed by hand.
        for statement in [
            "CREATE USER `sched``uler`@localhost", "CREATE ROLE orders_more",
            "GRANT EXECUTE ON PROCEDURE mayfly.end_overdue TO `sched``uler`@localhost",
            "INSERT INTO mayfly.allowed_group VALUES ('orders_more')",
            "UPDATE mayfly.guard SET max_live = 77, max_issues_per_minute = 88",
            "ALTER EVENT mayfly.end_overdue DISABLE",
        ] {
            try await server.execute(statement)
        }
        let register =
            "SELECT lease, role, host, valid_until, made_at, ended_at FROM mayfly.lease ORDER BY lease"
        let rows = try await server.execute(register).map(\.values)

        let script = try environment.scripts.upgradeScript()
        try await server.client(script: script)
        try await server.client(script: script)

        #expect(try await server.execute(register).map(\.values) == rows)
        let kept = try await server.execute(
            """
            SELECT max_live, max_issues_per_minute, (SELECT COUNT(*) FROM mayfly.allowed_group),
                   (SELECT COUNT(*) FROM mysql.procs_priv WHERE Db = 'mayfly' AND User LIKE 'sched%'),
                   (SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'mayfly') FROM mayfly.guard
            """
        ).only()
        #expect(kept.values == ["77", "88", "2", "1", "DISABLED"])
        let after = await environment.engine.preflight(profiles: [environment.profile])
        let ours = after.filter { $0.check == "guard" && $0.severity >= .warning }
        #expect(ours.isEmpty, "\(ours)")
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

    @Test func anUpgradeThatStoppedHalfWayRefusesToIssueUntilItIsRunAgain() async throws {
        let environment = try await environment(Self.older[0])
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let lasting = try suite.order()
        try await suite.issue(lasting)
        let script = try environment.scripts.upgradeScript()
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        // Before statements of each kind, from where the doors are closed to where the last one is opened again.
        let stops = lines.indices.filter { lines[$0].hasPrefix("CREATE DEFINER") }.enumerated()
            .filter { $0.offset % 12 == 0 }.map(\.element)
        let inner = lines.lastIndex { $0.contains("DROP FUNCTION IF EXISTS") }
        let doors = lines.firstIndex { $0.hasPrefix("GRANT EXECUTE ON PROCEDURE mayfly.issue") }
        for stop in stops + [try #require(inner), try #require(doors)] {
            try await server.client(script: lines[..<stop].joined(separator: "\n") + "\n")
            let refused = try suite.order()
            guard case .failure(let failure) = await environment.engine.issue([refused.order])[0] else {
                Issue.record("issued half-way, before \(lines[stop])")
                continue
            }
            #expect(failure.kind == .guardUnusable, "\(failure)")
            #expect(try await !environment.roleExists(refused.order.role.rawValue))
            #expect(await environment.engine.health().failure != nil)
        }
        #expect(try await environment.roleExists(lasting.order.role.rawValue))
        try await server.client(script: script)
        _ = try await #require(
            environment.engine.renew([RenewOrder(lease: lasting.order.lease, ttl: try TTL(seconds: 1200))])
                .first
        ).get()
        #expect(try await suite.revoke(lasting) == .gone(sessionsEnded: 0))
        #expect(try await server.execute("SHOW TABLES FROM mayfly LIKE 'kept%'").isEmpty)
    }

    @Test func whatIsNotThisGuardIsRefusedAndStaysAsItIs() async throws {
        let environment = try await environment(Self.older[0])
        let server = environment.server
        let script = try environment.scripts.upgradeScript()
        let routines = """
            SELECT ROUTINE_NAME, CREATED FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'mayfly' ORDER BY 1
            """
        let before = try await server.execute(routines).map(\.values)
        for (change, back) in [
            ("guard_version = 99", "guard_version = 1"),
            ("installation = 'another'", "installation = 'conformance'"),
            ("tag = 'xx'", "tag = 'cf'"), ("broker_user = 'root'", "broker_user = 'mayfly'"),
            ("broker_host = '%'", "broker_host = 'localhost'"),
        ] {
            try await server.execute("UPDATE mayfly.guard SET \(change)")
            await #expect(throws: TestCommand.Failure.self, "\(change)") {
                try await server.client(script: script)
            }
            try await server.execute("UPDATE mayfly.guard SET \(back)")
            #expect(try await server.execute(routines).map(\.values) == before)
        }
        try await server.execute("DROP SCHEMA mayfly")
        await #expect(throws: TestCommand.Failure.self) { try await server.client(script: script) }
        #expect(try await server.execute("SHOW SCHEMAS LIKE 'mayfly'").isEmpty)
    }

    /// Root reads and calls what is in the schema: nobody else may have put it there.
    @Test func whoMayWriteInTheSchemaIsNamedBeforeAnythingInItIsRead() async throws {
        let environment = try await MariaDBEnvironment.make()
        let server = environment.server
        let scripts = [
            try environment.scripts.upgradeScript(), try environment.scripts.uninstallScript(),
        ]
        try await server.execute("CREATE USER mallory@localhost")
        for (grant, isRefused) in [
            ("ALL ON `may%`.*", true), ("CREATE VIEW ON mayfly.*", true), ("SELECT ON mayfly.*", false),
        ] {
            try await server.execute("GRANT \(grant) TO mallory@localhost")
            for script in isRefused ? scripts : [scripts[0]] {
                do {
                    try await server.client(script: script)
                    #expect(!isRefused, "\(grant)")
                } catch let failure as TestCommand.Failure {
                    #expect(
                        isRefused && failure.output.contains("may write in the schema mayfly"), "\(failure)")
                }
            }
            try await server.execute("REVOKE \(grant) FROM mallory@localhost")
        }
        // What was laid before the rights went.
        try await server.execute("RENAME TABLE mayfly.guard TO mayfly.other")
        try await server.execute("CREATE VIEW mayfly.guard AS SELECT * FROM mayfly.other")
        for script in scripts {
            do {
                try await server.client(script: script)
                Issue.record("a view was read")
            } catch let failure as TestCommand.Failure {
                #expect(failure.output.contains("mayfly.guard is no table"), "\(failure)")
            }
        }
    }

    /// What a server has that a guard could have changed.
    private func catalogue(_ server: MariaDBServer) async throws -> [[String?]] {
        var rows: [[String?]] = []
        for query in [
            "SELECT User, Host, plugin FROM mysql.user ORDER BY 1, 2",
            "SELECT Host, Db, User FROM mysql.db ORDER BY 1, 2, 3",
            "SELECT Host, Db, User, Table_name, Table_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4",
            "SELECT Host, Db, User, Routine_name FROM mysql.procs_priv ORDER BY 1, 2, 3, 4",
            server.isMySQL
                ? "SELECT FROM_USER, TO_USER FROM mysql.role_edges ORDER BY 1, 2"
                : "SELECT Role, User FROM mysql.roles_mapping ORDER BY 1, 2",
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1",
            "SELECT ROUTINE_SCHEMA, ROUTINE_NAME FROM information_schema.ROUTINES ORDER BY 1, 2",
            "SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS ORDER BY 1, 2",
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES ORDER BY 1, 2",
        ] {
            rows += try await server.execute(query).map(\.values)
        }
        return rows
    }

    @Test func aGuardThatIsTakenAwayLeavesTheServerAsItWas() async throws {
        let environment = try await MariaDBEnvironment.make()
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let script = try environment.scripts.uninstallScript()
        try await server.execute("CREATE USER scheduler@localhost")
        try await server.client(script: script)
        let bare = try await catalogue(server)
        #expect(!bare.contains { $0.contains { $0?.hasPrefix("mayfly") == true } }, "\(bare)")
        #expect(try await environment.roleExists("orders_readonly"))

        try await server.installGuard(
            script: try environment.scripts.installScript(), password: "Broker-Password-1")
        try await server.execute("GRANT EXECUTE ON PROCEDURE mayfly.end_overdue TO scheduler@localhost")
        let engine = MariaDBEnvironment.engine(environment.definition, "Broker-Password-1")
        let made = try suite.order()
        _ = try await #require(engine.issue([made.order]).first).get()
        // Refused while it lives, which is named.
        do {
            try await server.client(script: script)
            Issue.record("not refused")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains(made.order.role.rawValue))
        }
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT 1")
        #expect(await engine.revoke([made.reference], .full) == [.gone(sessionsEnded: 1)])
        await engine.close()
        try await server.client(script: script)
        #expect(try await catalogue(server) == bare)
        // Again changes nothing.
        try await server.client(script: script)
        #expect(try await catalogue(server) == bare)
        // Of another's schema of that name nothing is dropped.
        try await server.execute("CREATE SCHEMA mayfly")
        try await server.execute("CREATE TABLE mayfly.precious (id int)")
        await #expect(throws: TestCommand.Failure.self) { try await server.client(script: script) }
        #expect(try await server.execute("SHOW TABLES FROM mayfly").count == 1)
    }
}
