import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

@Suite(.serialized) struct PostgreSQLPreflightTests {
    /// Without what a fresh server lets everybody do, which has tests of its own.
    private func bad(_ findings: [Finding]) -> [Finding] {
        findings.filter { $0.severity >= .warning && !$0.check.hasPrefix("everybody") }
    }

    private func engine(_ environment: PostgreSQLEnvironment) throws -> PostgreSQLEngine {
        try #require(environment.engine as? PostgreSQLEngine)
    }

    @Test func aGoodServerHasNothingToMend() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let engine = environment.engine
        let findings = await engine.preflight(profiles: [environment.profile])
        #expect(bad(findings).isEmpty)
        #expect(findings.contains { $0.check == "guard" && $0.severity == .ok })
        #expect(bad(await engine.probe(environment.profile)).isEmpty)
        let asDBA = await (try self.engine(environment)).preflight(
            asDBA: "postgres", password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8))
        #expect(bad(asDBA).isEmpty && asDBA.count == 3)
    }

    @Test func anOlderGuardIsSaidAndTheRestIsLookedAtAllTheSame() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        try await environment.server.execute("UPDATE mayfly.guard SET guard_version = 1", database: "mayfly")
        try await environment.server.execute("ALTER ROLE mayfly CREATEDB")
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(
            findings.contains {
                $0.severity == .note && $0.check == "guard" && $0.message.contains("version 1 is older")
            })
        // It says version 1, and its functions are not those of version 1.
        #expect(findings.contains { $0.severity == .error && $0.message.contains("was altered") })
        #expect(findings.contains { $0.check == "account" && $0.message.contains("CREATEDB") })
        await environment.engine.close()
    }

    @Test func whatIsMissingOrTooMuchIsNamedWithTheStatementThatMendsIt() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        for statement in [
            "ALTER ROLE mayfly CREATEDB", "GRANT pg_read_server_files TO mayfly",
            "ALTER ROLE orders_readonly CREATEROLE", "REVOKE CONNECT ON DATABASE orders FROM PUBLIC",
            "CREATE ROLE snoop LOGIN",
        ] {
            try await server.execute(statement)
        }
        try await server.execute(
            """
            CREATE OR REPLACE FUNCTION mayfly.check_verifier(verifier text) RETURNS void LANGUAGE plpgsql
                SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN; END'
            """, database: "mayfly")
        try await server.execute("GRANT EXECUTE ON FUNCTION mayfly.roles() TO snoop", database: "mayfly")
        try await server.execute(
            "GRANT EXECUTE ON FUNCTION mayfly.end_overdue() TO snoop", database: "mayfly")
        try await server.execute("DROP SCHEMA mayfly_cleanup CASCADE", database: "orders_archive")
        var profile = environment.profile
        profile.memberOf += ["nobody_made_this"]
        profile.settings["work_mem"] = "64MB"

        let findings = await environment.engine.preflight(profiles: [profile])
        func has(_ check: String, _ text: String, _ statement: String? = nil) -> Bool {
            findings.contains { finding in
                finding.severity >= .warning && finding.check.hasPrefix(check)
                    && finding.message.contains(text)
                    && (statement.map { finding.statement?.contains($0) == true } ?? true)
            }
        }
        #expect(has("guard", "the body of mayfly.check_verifier"))
        #expect(
            has(
                "guard", "\"snoop\" may call mayfly.roles()",
                "REVOKE ALL ON FUNCTION mayfly.roles() FROM \"snoop\""))
        #expect(!has("guard", "end_overdue"))
        #expect(has("account", "CREATEDB", "NOCREATEDB"))
        #expect(has("account", "pg_read_server_files", "REVOKE"))
        #expect(has("clean-up in \"orders_archive\"", "guard"))
        #expect(has("profile orders-read", "power that no lease may have: orders_readonly"))
        #expect(has("profile orders-read", "may not connect", "GRANT CONNECT ON DATABASE \"orders\""))
        #expect(has("profile orders-read", "\"nobody_made_this\" does not exist", "CREATE ROLE"))
        #expect(has("profile orders-read", "not allowed in the guard", "VALUES ('nobody_made_this')"))
        #expect(has("profile orders-read", "work_mem", "VALUES ('work_mem')"))

        let asDBA = await (try engine(environment)).preflight(
            asDBA: "postgres", password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8))
        #expect(bad(asDBA).contains { $0.message.contains("the body of mayfly.check_verifier") })
    }

    @Test func aServerThatIsNotThereIsOneFinding() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let findings = await environment.engineWithWrongPassword().preflight(profiles: [])
        #expect(findings.count == 1 && findings[0].severity == .error)
        #expect(findings[0].statement?.contains("\\password") == true)
    }
}
