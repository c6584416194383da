import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a guard does whose owner is no superuser, and may too little.
@Suite(.serialized) struct PostgreSQLOwnerTests {
    private func owner(_ findings: [Finding]) -> [Finding] { findings.filter { $0.check == "owner" } }

    @Test func checkSaysWhoOwnsTheGuardAndWhatItLacks() async throws {
        let ordinary = try await PostgreSQLEnvironment.shared()
        let superusers = owner(await ordinary.engine.preflight(profiles: [ordinary.profile]))
        #expect(superusers.map(\.severity) == [.ok])

        let environment = try await PostgreSQLEnvironment.make(owner: .init())
        let server = environment.server
        let version = try await server.execute("SHOW server_version_num").only().int("server_version_num")
        let whole = await environment.engine.preflight(profiles: [environment.profile])
        #expect(whole.allSatisfy { $0.severity < .warning || $0.check.hasPrefix("everybody") }, "\(whole)")
        let note = try #require(owner(whole).first)
        #expect(note.severity == .note && note.message.contains("\"dbadmin\""))
        #expect(note.message.contains(version < 160_000 ? "nearly a superuser" : "with each live lease"))

        for statement in [
            "REVOKE pg_signal_backend, pg_monitor FROM rds_superuser", "ALTER ROLE dbadmin NOCREATEROLE",
        ] {
            try await server.execute(statement)
        }
        if version >= 160_000 {
            try await server.execute("REVOKE ADMIN OPTION FOR orders_readonly FROM dbadmin CASCADE")
        }
        let found = owner(await environment.engine.preflight(profiles: [environment.profile]))
        let statements = found.compactMap(\.statement).joined()
        #expect(statements.contains("GRANT pg_signal_backend TO \"dbadmin\""))
        #expect(statements.contains("GRANT pg_read_all_stats TO \"dbadmin\""))
        #expect(statements.contains("ALTER ROLE \"dbadmin\" CREATEROLE"))
        #expect(statements.contains("WITH ADMIN OPTION") == (version >= 160_000))
    }

    @Test func whatTheOwnerMayNotDoEndsInLockedAndIsDoneOnceItMay() async throws {
        let environment = try await PostgreSQLEnvironment.make(owner: .init())
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await server.execute("REVOKE pg_signal_backend FROM rds_superuser")
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT 1")
        guard case .locked(let obstacle) = try await suite.revoke(made) else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.message.contains("owner"))
        #expect(
            try await server.execute(
                "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", [made.order.role.rawValue]
            ).only().values == ["f"])
        try await server.execute("GRANT pg_signal_backend TO rds_superuser")
        guard case .gone = try await suite.revoke(made) else {
            Issue.record("not gone")
            return
        }
    }

    /// The owner may not take that away again: the login is off all the same.
    @Test func whatASuperuserMadeARoleAMemberOfDoesNotKeepItUnlocked() async throws {
        let environment = try await PostgreSQLEnvironment.make(owner: .init())
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await server.execute("CREATE ROLE mighty SUPERUSER")
        try await server.execute("GRANT mighty TO \(made.order.role)")
        let outcome = try await suite.revoke(made)
        let able = try await server.execute(
            "SELECT 1 FROM pg_roles WHERE rolcanlogin AND rolname = $1", [made.order.role.rawValue])
        #expect(able.isEmpty, "\(outcome)")
    }

    @Test func privilegesOnThingsOfAStrangerKeepARoleLockedAndListed() async throws {
        let environment = try await PostgreSQLEnvironment.make(owner: .init())
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await server.execute("CREATE TABLE theirs (id int)", database: "orders")
        try await server.execute("GRANT SELECT ON theirs TO \(made.order.role)", database: "orders")
        guard case .locked(let obstacle) = try await suite.revoke(made) else {
            Issue.record("not locked")
            return
        }
        #expect(!obstacle.hanging.isEmpty)
        try await server.execute("REVOKE SELECT ON theirs FROM \(made.order.role)", database: "orders")
        guard case .gone = try await suite.revoke(made) else {
            Issue.record("not gone")
            return
        }
    }

    @Test func anUpgradeKeepsTheOwnerAndTheOwnerMayUninstall() async throws {
        let owner = PostgreSQLEnvironment.Owner()
        let environment = try await PostgreSQLEnvironment.make(owner: owner)
        let server = environment.server
        let owners =
            "SELECT DISTINCT p.proowner::regrole::text AS owner FROM pg_proc p WHERE p.pronamespace = 'mayfly'::regnamespace"
        // What a superuser ran in its schema could be turned against the superuser by the owner.
        do {
            try await server.psql(script: try environment.scripts.upgradeScript())
            Issue.record("not refused")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains("run this as dbadmin"), "\(failure)")
        }
        try await server.psql(script: try environment.scripts.upgradeScript(), as: owner.login)
        #expect(try await server.execute(owners, database: "mayfly").map(\.values) == [["dbadmin"]])
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(
            findings.allSatisfy { $0.severity < .warning || $0.check.hasPrefix("everybody") }, "\(findings)")
        try await server.psql(
            script: try environment.scripts.uninstallScript(onServerOf: []), as: owner.login)
        #expect(
            try await server.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = 'mayfly' UNION ALL SELECT 1 FROM pg_database WHERE datname = 'mayfly'"
            ).isEmpty)
    }
}
