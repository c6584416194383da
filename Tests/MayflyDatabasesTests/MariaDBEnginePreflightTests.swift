import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

@Suite(.serialized) struct MariaDBEnginePreflightTests {
    private func bad(_ findings: [Finding]) -> [Finding] { findings.filter { $0.severity >= .warning } }

    private func engine(_ environment: MariaDBEnvironment) throws -> MariaDBEngine {
        try #require(environment.engine as? MariaDBEngine)
    }

    private func has(_ findings: [Finding], _ check: String, _ text: String, _ statement: String? = nil)
        -> Bool
    {
        findings.contains { finding in
            finding.severity >= .warning && finding.check.hasPrefix(check) && finding.message.contains(text)
                && (statement.map { finding.statement?.contains($0) == true } ?? true)
        }
    }

    @Test func aGoodServerHasNothingToMend() async throws {
        let environment = try await MariaDBEnvironment.shared()
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(bad(findings).isEmpty, "\(bad(findings))")
        #expect(findings.contains { $0.check == "guard" && $0.severity == .ok })
        #expect(findings.contains { $0.check == "expiry" && $0.severity == .ok })
        #expect(bad(await environment.engine.probe(environment.profile)).isEmpty)
        let asDBA = await (try engine(environment)).preflight(asDBA: "root", password: nil)
        #expect(bad(asDBA).isEmpty && asDBA.count == 1, "\(asDBA)")
    }

    @Test func whatIsMissingOrTooMuchIsNamedWithTheStatementThatMendsIt() async throws {
        // And its log not flushed, as in most tests.
        let environment = try await MariaDBEnvironment.make(options: ["--event-scheduler=OFF"])
        let server = environment.server
        for statement in [
            "GRANT SELECT ON orders.* TO mayfly@localhost", "GRANT PROCESS ON *.* TO mayfly@localhost",
            "CREATE USER snoop@localhost", "GRANT EXECUTE ON PROCEDURE mayfly.roles TO snoop@localhost",
            "GRANT EXECUTE ON PROCEDURE mayfly.end_overdue TO snoop@localhost",
            "UPDATE mayfly.guard SET max_live = 10, host = '10.%'",
        ] {
            try await server.execute(statement)
        }
        // What somebody would change who wants plain passwords or names of their own to pass.
        let old = try await server.execute("SHOW CREATE FUNCTION mayfly.is_verifier").only().string(
            "Create Function")
        try await server.execute("DROP FUNCTION mayfly.is_verifier")
        try await server.execute("SET GLOBAL log_bin_trust_function_creators = ON")
        try await server.execute(
            "CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_verifier(plugin TEXT, verifier TEXT) "
                + "RETURNS BOOLEAN DETERMINISTIC RETURN TRUE")
        #expect(old.contains("is_verifier"))
        var profile = environment.profile
        profile.memberOf = ["nobody_made_this"]
        profile.settings = ["search_path": "x"]

        let findings = await environment.engine.preflight(profiles: [profile])
        #expect(has(findings, "guard", "the body of mayfly.is_verifier"))
        // MySQL's guard has the sql_mode that the connections of these tests have, too.
        #expect(
            server.isMySQL || has(findings, "guard", "mayfly.is_verifier was made under another sql_mode"))
        #expect(
            has(
                findings, "guard", "\"snoop@localhost\" may call mayfly.roles",
                "REVOKE ALL ON PROCEDURE mayfly.`roles` FROM `snoop`@`localhost`"))
        #expect(!has(findings, "guard", "end_overdue"))
        #expect(
            has(findings, "guard", "it makes accounts for the host \"10.%\"", "UPDATE mayfly.guard SET host"))
        #expect(has(findings, "account", "SELECT on orders.*", "REVOKE"))
        #expect(has(findings, "account", "PROCESS on *.*"))
        #expect(has(findings, "ceilings", "ceiling of live leases is 10", "SET max_live = 1000"))
        #expect(
            has(
                findings, "profile orders-read", "\"nobody_made_this\" is not allowed",
                "INSERT INTO mayfly.allowed_group"))
        #expect(has(findings, "profile orders-read", "\"search_path\" is none that an account can have"))
        #expect(has(findings, "expiry", "there is no server-side expiry", "event_scheduler = ON"))
        #expect(has(findings, "register", "innodb_flush_log_at_trx_commit is 2"))
        let asDBA = await (try engine(environment)).preflight(asDBA: "root", password: nil)
        #expect(has(asDBA, "as root", "the body of mayfly.is_verifier"))
        #expect(await environment.engine.health().reachable)

        // Older than this program: nothing is issued through it.
        try await server.execute("UPDATE mayfly.guard SET guard_version = 0")
        #expect(await environment.engine.health().failure?.kind == .guardUnusable)
        let order = try DatabaseEngineConformance(environment).order()
        guard case .failure(let failure) = await environment.engine.issue([order.order])[0] else {
            Issue.record("issued through an older guard")
            return
        }
        #expect(failure.kind == .guardUnusable)
        #expect(has(await environment.engine.preflight(profiles: []), "guard", "version 0 is older"))
    }

    /// The rights of the guard's procedures are somebody else's: when they are gone it says so.
    @Test func aServerThatIsNotThereIsOneFinding() async throws {
        let environment = try await MariaDBEnvironment.shared()
        let wrong = environment.engineWithWrongPassword()
        let findings = await wrong.preflight(profiles: [])
        #expect(findings.count == 1 && findings[0].severity == .error)
        #expect(findings[0].statement?.contains("ALTER USER `mayfly`@`localhost`") == true)
        await wrong.close()
    }

    @Test func anEngineOfTheOtherKindIsAnError() async throws {
        let environment = try await MariaDBEnvironment.shared()
        var definition = environment.definition
        definition.engine = environment.server.isMySQL ? .mariadb : .mysql
        let other = MariaDBEnvironment.engine(definition, MariaDBEnvironment.password)
        #expect(has(await other.preflight(profiles: []), "version", "the configuration says engine"))
        await other.close()
    }

    /// A policy that refuses hashes is told, and never met with a plain password.
    @Test(.enabled(if: MariaDBEnvironment.isMariaDBByDefault))
    func aPasswordPolicyThatRefusesHashesIsNamed() async throws {
        let environment = try await MariaDBEnvironment.make()
        try await environment.server.execute("INSTALL SONAME 'simple_password_check'")
        let findings = await environment.engine.preflight(profiles: [])
        #expect(has(findings, "passwords", "refuses hashes", "strict_password_validation = OFF"))
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        guard case .failure(let failure) = await environment.engine.issue([made.order])[0] else {
            Issue.record("issued against the policy")
            return
        }
        #expect(failure.code == "1290" && failure.message.contains("takes no hashes"))
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        try await environment.server.execute("SET GLOBAL strict_password_validation = OFF")
        let again = try suite.order()
        try await suite.issue(again)
        #expect(try await suite.revoke(again) == .gone(sessionsEnded: 0))
    }

    @Test(.enabled(if: MariaDBEnvironment.isMariaDBByDefault))
    func ed25519WorksOnceItsPluginIsLoaded() async throws {
        let environment = try await MariaDBEnvironment.make {
            $0.loginAccounts = .init(host: "localhost", authentication: .ed25519)
        }
        let suite = DatabaseEngineConformance(environment)
        #expect(
            has(
                await environment.engine.preflight(profiles: []), "passwords", "ed25519 is not loaded",
                "INSTALL SONAME"))
        let early = try suite.order()
        guard case .failure = await environment.engine.issue([early.order])[0] else {
            Issue.record("issued without the plugin")
            return
        }
        #expect(try await !environment.roleExists(early.order.role.rawValue))
        try await environment.server.execute("INSTALL SONAME 'auth_ed25519'")
        let made = try suite.order()
        try await suite.issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT COUNT(*) FROM customers")
        await session.end()
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }
}

extension MariaDBEnvironment {
    /// Whether the server that these tests start is MariaDB, as it is unless somebody says otherwise.
    static var isMariaDBByDefault: Bool { MariaDBServer.isMariaDBByDefault }
}
