import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What somebody laid in the guard's place, where there is none, is not read with a DBA's rights.
@Suite struct MariaDBTrustTests {
    /// Leaves a line in `canary.log` of who read it, with that one's rights.
    private static func laid(_ table: String) -> String {
        """
        CREATE SCHEMA canary; CREATE TABLE canary.log (who TEXT); CREATE SCHEMA mayfly;
        SET GLOBAL log_bin_trust_function_creators = ON;
        DELIMITER //
        CREATE FUNCTION mayfly.take() RETURNS TEXT SQL SECURITY INVOKER
        BEGIN INSERT INTO canary.log VALUES (CURRENT_USER()); RETURN 'g_trust'; END//
        DELIMITER ;
        CREATE SQL SECURITY INVOKER VIEW mayfly.\(table) AS
            SELECT mayfly.take() AS name, mayfly.take() AS mark, 3 AS guard_version, '' AS broker_user, '' AS broker_host;
        """
    }

    @Test(arguments: ["allowed_group", "group_mark", "guard"])
    func neitherPlanNorCheckReadsWhatSomebodyLaid(table: String) async throws {
        let server = try await MariaDBServer.start()
        let world = try await MariaDBScopeWorld.make(
            "g_trust",
            Self.laid(table) + "CREATE USER dev@localhost; GRANT ALL ON `may%`.* TO dev@localhost;",
            server: server, ScopeGrant(.level(.read, schema: "canary"), []))
        let engine = MariaDBEngine(definition: world.definition, installation: MariaDBScopeWorld.installation)
        {
            nil
        }
        // While he has his rights, and when only what he laid is left.
        for reason in ["`dev`@`localhost` may write in the schema mayfly", "mayfly.\(table) is no table"] {
            await #expect {
                _ = try await world.dba.plan([world.profile])
            } throws: { error in
                (error as? EngineFailure)?.message.contains(reason) == true
            }
            let findings = await engine.preflight(asDBA: "root", password: nil)
            #expect(
                findings.contains { $0.severity == .error && $0.message.contains(reason) }, "\(findings)")
            try await server.execute("DROP USER IF EXISTS dev@localhost")
        }
        #expect(try await server.execute("SELECT who FROM canary.log").isEmpty)
        await engine.close()
    }

    @Test(
        "Who may write in it by a table, a column or a routine alone is named too",
        arguments: [
            "INSERT ON mayfly.allowed_group", "UPDATE (name) ON mayfly.allowed_group",
            "CREATE VIEW ON mayfly.group_mark",
            "ALTER ROUTINE ON PROCEDURE mayfly.describe",
        ])
    func writers(grant: String) async throws {
        let server = try await MariaDBScopeWorld.start()
        let world = try await MariaDBScopeWorld.make(
            "g_writers", "CREATE USER dev@localhost; GRANT \(grant) TO dev@localhost; CREATE SCHEMA writers;",
            server: server, ScopeGrant(.level(.read, schema: "writers"), []))
        await #expect {
            _ = try await world.dba.plan([world.profile])
        } throws: { error in
            (error as? EngineFailure)?.message.contains("`dev`@`localhost` may write") == true
        }
        try await server.client(script: "DROP USER dev@localhost; CREATE USER dev@localhost;")
        try await server.client(script: "GRANT SELECT ON mayfly.* TO dev@localhost")
        #expect(try await world.apply().isInStep)
    }
}
