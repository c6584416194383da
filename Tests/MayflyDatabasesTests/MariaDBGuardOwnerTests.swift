import MayflyCore
import MayflyDatabases
import MayflyTesting
import Testing

/// The scripts, run by an administrator without SUPER, as managed services have them.
@Suite struct MariaDBGuardOwnerTests {
    /// What Config/for-dbas.md names.
    private static let common = """
        CREATE, ALTER, DROP, CREATE ROUTINE, ALTER ROUTINE, CREATE VIEW, CREATE TEMPORARY TABLES, EXECUTE, SELECT, INSERT, \
        UPDATE, DELETE, EVENT, TRIGGER, SHOW VIEW, PROCESS, CREATE USER
        """

    @Test func anAdministratorWithoutSuperInstallsUpgradesAndUninstalls() async throws {
        let environment = try await MariaDBEnvironment.make()
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        try await server.client(script: try environment.scripts.uninstallScript())
        let dynamic =
            server.isMySQL
            ? [
                "GRANT CONNECTION_ADMIN, ROLE_ADMIN, SET_ANY_DEFINER, SHOW_ROUTINE ON *.* TO adm@localhost WITH GRANT OPTION"
            ]
            : [
                "GRANT CONNECTION ADMIN, SET USER ON *.* TO adm@localhost WITH GRANT OPTION",
                "GRANT orders_readonly TO adm@localhost WITH ADMIN OPTION",
            ]
        for statement in [
            "CREATE USER adm@localhost IDENTIFIED BY 'Administrator-1'",
            "GRANT \(Self.common) ON *.* TO adm@localhost WITH GRANT OPTION",
            // Else only SUPER may make functions where there is a binary log.
            "SET GLOBAL log_bin_trust_function_creators = 1",
        ] + dynamic {
            try await server.execute(statement)
        }
        let asAdministrator = ["--user=adm", "--password=Administrator-1"]
        try await server.client(script: try environment.scripts.installScript(), options: asAdministrator)
        try await server.execute(
            "ALTER USER mayfly@localhost IDENTIFIED BY 'Broker-Password-1' ACCOUNT UNLOCK")
        let engine = MariaDBEnvironment.engine(environment.definition, "Broker-Password-1")
        let findings = await engine.preflight(profiles: [environment.profile])
        #expect(findings.allSatisfy { $0.severity < .warning }, "\(findings)")

        let made = try suite.order()
        _ = try await #require(engine.issue([made.order]).first).get()
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT count(*) FROM customers")
        try await server.client(script: try environment.scripts.upgradeScript(), options: asAdministrator)
        _ = try await #require(
            engine.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))]).first
        ).get()
        #expect(await engine.revoke([made.reference], .full) == [.gone(sessionsEnded: 1)])
        await engine.close()
        try await server.client(script: try environment.scripts.uninstallScript(), options: asAdministrator)
        #expect(try await server.execute("SHOW SCHEMAS LIKE 'mayfly'").isEmpty)
    }
}
