import Foundation
import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What is particular to `mode: direct` on PostgreSQL.
@Suite struct PostgreSQLDirectTests {
    private typealias Suite = DatabaseEngineConformance<PostgreSQLEnvironment>

    private func environment() async throws -> PostgreSQLEnvironment { try await .direct() }

    private func failure(_ suite: Suite, _ order: RoleOrder) async throws -> EngineFailure {
        switch try #require(await suite.engine.issue([order]).first) {
        case .success: throw TestServerError.timedOut("a failure")
        case .failure(let failure): return failure
        }
    }

    // MARK: What people write

    // One after the other: each changes a setting of the account's.
    @Test(
        "What people write becomes text of a comment and nothing else", .serialized,
        arguments: [
            "o'brien", "'; ALTER ROLE mayfly SUPERUSER; --", "\\", "\\'", "a\\", "$$", "$mayfly$",
            "' requester=root",
            "it\u{27}\u{301}s", "\"", "mayfly installation=other lease=x until=y requester=z",
        ])
    func writtenTexts(text: String) async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        for isConforming in ["on", "off"] {
            try await environment.server.execute(
                "ALTER ROLE mayfly SET standard_conforming_strings TO \(isConforming)")
            // Connections of its own, which begin with that setting.
            let engine = PostgreSQLEnvironment.engine(environment.definition, PostgreSQLEnvironment.password)
            let made = try suite.order(requester: text, reason: text)
            _ = try #require(await engine.issue([made.order]).first).get()
            let comment = try await environment.server.execute(
                "SELECT shobj_description(oid, 'pg_authid') AS c FROM pg_roles WHERE rolname = $1",
                [made.order.role.rawValue]
            ).only().string("c")
            #expect(comment.hasSuffix(" requester=\(text)"))
            #expect(comment.hasPrefix("mayfly installation=conformance lease=\(made.order.lease) until=2"))
            let standing = try await engine.roles().first { $0.lease == made.order.lease }
            #expect(standing?.requester == text)
            #expect(await engine.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
            await engine.close()
        }
        try await environment.server.execute("ALTER ROLE mayfly RESET standard_conforming_strings")
        let isSuper = try await environment.server.execute(
            "SELECT rolsuper AS s FROM pg_roles WHERE rolname = 'mayfly'"
        ).only().bool("s")
        #expect(!isSuper)
    }

    @Test(
        "A newline in what people write is refused, as in the guard",
        arguments: ["a\nb", "a\u{202E}b", "a\u{0}b"])
    func newlines(text: String) async throws {
        let suite = Suite(try await environment())
        #expect(try await failure(suite, try suite.order(requester: text).order).kind == .invalid)
        #expect(try await failure(suite, try suite.order(reason: text).order).kind == .invalid)
    }

    @Test(
        "A group's name is an identifier and nothing else",
        arguments: ["a\"b", "x\"; DROP ROLE orders_readonly; --", "$$", "\\", "größe", "SELECT"])
    func groupNames(name: String) async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let quoted = "\"" + name.doubling("\"") + "\""
        try await environment.server.execute("CREATE ROLE \(quoted) NOLOGIN")
        try await environment.server.execute("GRANT \(quoted) TO mayfly WITH ADMIN OPTION")
        var made = try suite.order(groups: [name])
        try await suite.issue(made)
        try await suite.expectGone(made)
        // In raw SQL, too.
        made = try suite.order(groups: [name])
        var order = made.order
        order.creationStatements = [
            "DO $mayfly$ BEGIN CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}} IN ROLE {{group}}; END $mayfly$"
        ]
        _ = try #require(await suite.engine.issue([order]).first).get()
        try await suite.expectGone(made)
        try await environment.server.execute("DROP ROLE \(quoted)")
        #expect(try await environment.roleExists("orders_readonly"))
    }

    // MARK: Raw SQL

    @Test("Raw SQL makes the role, and ends it")
    func rawSQL() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order(iterations: 4096)
        var order = made.order
        order.creationStatements = [
            "CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}} CONNECTION LIMIT 3",
            "DO $$ BEGIN GRANT {{group}} TO {{name}}; PERFORM 'a;b'; END $$",
            "GRANT SELECT ON public.secrets TO {{name}};",
        ]
        order.revocationStatements = ["REVOKE SELECT ON public.secrets FROM {{name}}"]
        let issued = try #require(await suite.engine.issue([order]).first).get()
        #expect(abs(issued.validUntil.timeIntervalSinceNow - 600) < 60)
        let session = try await environment.logIn(order.role, password: made.password)
        try await session.run("SELECT count(*) FROM customers")
        try await session.run("SELECT count(*) FROM secrets")
        // The server ends it, though the statements do not say so.
        let limit = try await environment.server.execute(
            "SELECT rolconnlimit, rolvaliduntil IS NOT NULL AS ends FROM pg_roles WHERE rolname = $1",
            [order.role.rawValue]
        ).only()
        #expect(try limit.int("rolconnlimit") == 3 && limit.bool("ends"))
        try await suite.expectGone(made, sessionsEnded: 1)

        // Without a place for the verifier it is run once the role is made.
        let after = try suite.order(iterations: 4096)
        order = after.order
        order.creationStatements = ["ALTER ROLE {{name}} SET jit = off"]
        _ = try #require(await suite.engine.issue([order]).first).get()
        let second = try await environment.logIn(order.role, password: after.password)
        try await second.run("SELECT count(*) FROM customers")
        try await suite.expectGone(after, sessionsEnded: 1)
    }

    @Test(
        "Raw SQL that fails, makes nothing, gives powers or ends our transaction leaves no role",
        arguments: [
            ["CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}}", "SELECT 1 / 0"],
            ["ALTER ROLE {{name}} SET jit = off", "SELECT 1 / 0"],
            ["SELECT {{verifier}}"],
            ["ALTER ROLE {{name}} CREATEROLE"],
            ["CREATE ROLE {{name}} LOGIN CREATEROLE PASSWORD {{verifier}}"],
            ["CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}}; COMMIT"],
            ["ALTER ROLE {{name}} SET jit = off", "/* */ COMMIT"],
            ["DO $$ BEGIN CREATE ROLE {{name}} PASSWORD {{verifier}}; COMMIT; END $$"],
            ["CREATE ROLE \"{{name}}\" LOGIN PASSWORD {{verifier}}"],
        ])
    func rawSQLThatFails(statements: [String]) async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        let good = try (0..<3).map { _ in try suite.order() }
        var order = made.order
        order.creationStatements = statements
        let answers = await suite.engine.issue([good[0].order, order, good[1].order])
        #expect(throws: EngineFailure.self) { try answers[1].get() }
        #expect(throws: Never.self) { try answers[0].get() }
        #expect(throws: Never.self) { try answers[2].get() }
        #expect(try await !environment.roleExists(order.role.rawValue))
        // The connection is as it was.
        try await suite.issue(good[2])
        for outcome in await suite.engine.revoke(good.map(\.reference), .full) {
            #expect(outcome == .gone(sessionsEnded: 0))
        }
    }

    @Test(
        "Raw SQL that names what is not there is said to, and not that a guard is missing",
        arguments: ["SELECT * FROM nowhere", "SELECT nowhere()", "SELECT * FROM no_such_schema.t"])
    func rawSQLThatNamesNothing(statement: String) async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        var order = try suite.order().order
        order.creationStatements = ["ALTER ROLE {{name}} SET jit = off", statement]
        do throws(EngineFailure) {
            _ = try await suite.engine.issue([order])[0].get()
            Issue.record("issued")
        } catch {
            #expect(error.message.contains("raw statement 2 ") && error.kind == .invalid, "\(error)")
        }
        let made = try suite.order()
        order = made.order
        order.revocationStatements = [statement]
        _ = try #require(await suite.engine.issue([order]).first).get()
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("ended without its statements")
            return
        }
        #expect(failure.message.hasPrefix("revocation_statements: raw statement 1 "), "\(failure)")
        try await environment.server.execute("DROP ROLE \(order.role)")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    @Test("What somebody else made a role a member of does not become ours when we take hold of the role")
    func foreignMembership() async throws {
        let environment = try await PostgreSQLEnvironment.make { $0.mode = .direct }
        let server = environment.server
        guard
            try await server.execute("SHOW server_version_num").only().int("server_version_num") >= 160_000
        else { return }  // CREATEROLE takes it away there
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await server.execute("CREATE ROLE vault")
        try await server.execute("GRANT vault TO \(made.order.role)")
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT 1")
        _ = await suite.engine.revoke([made.reference], .brief)
        #expect(
            try await !server.execute("SELECT pg_has_role('mayfly', 'vault', 'MEMBER') AS m").only().bool("m")
        )
        // The first attempt ended the session already.
        let outcome = try await suite.revoke(made)
        #expect(outcome == .gone(sessionsEnded: 0))
        #expect(try await !environment.roleExists(made.order.role.rawValue))
    }

    @Test("A role whose raw SQL for the end fails has no access, and goes once that works")
    func revocationThatFails() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        var order = made.order
        order.revocationStatements = ["SELECT public.gone_\(order.role.rawValue.suffix(13))() AS {{name}}"]
        _ = try #require(await suite.engine.issue([order]).first).get()
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("ended without its statements")
            return
        }
        #expect(failure.message.hasPrefix("revocation_statements: "))
        await #expect(throws: (any Error).self) {
            try await environment.logIn(order.role, password: made.password)
        }
        let function = "gone_\(order.role.rawValue.suffix(13))()"
        try await environment.server.execute(
            "CREATE FUNCTION \(function) RETURNS int LANGUAGE sql AS 'SELECT 1'", database: "orders")
        try await suite.expectGone(made)
        try await environment.server.execute("DROP FUNCTION \(function)", database: "orders")
    }

    // MARK: Without a register

    @Test("Another process ends what one has made, renews it, and gives it no other password")
    func afterARestart() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        let issued = try await suite.issue(made)
        let next = PostgreSQLEnvironment.engine(environment.definition, PostgreSQLEnvironment.password)
        let standing = try await next.roles().first { $0.lease == made.order.lease }
        #expect(standing?.standing == .live && standing?.requester == "alice")
        let later = try #require(
            await next.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))]).first
        ).get()
        #expect(later > issued.validUntil)
        let other = try suite.order()
        guard
            case .failure(let failure) = await next.replaceVerifier(
                made.order.lease, with: other.order.verifier)
        else {
            Issue.record("a password was replaced, though nobody knows when the role was made")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        #expect(await next.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
        await next.close()
    }

    @Test("A role that has another's comment, or lost its own, is a stray that is not touched")
    func comments() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.execute("COMMENT ON ROLE \(made.order.role) IS 'mine'")
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("a role without its comment was touched")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        #expect(
            try await suite.engine.roles().contains {
                $0.role == made.order.role.rawValue && $0.standing == .stray
            })
        try await environment.dropRole(made.order.role)
        try await suite.expectGone(made)
    }

    @Test("A role that was renamed is neither gone nor missing")
    func renamed() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let other = "renamed_\(made.order.role.rawValue.suffix(13))"
        try await environment.server.execute("ALTER ROLE \(made.order.role) RENAME TO \(other)")
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("a renamed role was taken for gone")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        #expect(try await !suite.engine.roles().contains { $0.lease == made.order.lease })
        try await environment.server.execute("ALTER ROLE \(other) RENAME TO \(made.order.role)")
        try await suite.expectGone(made)
    }

    @Test("A function of a user's that fits better than the server's own is not called")
    func functionsOfUsers() async throws {
        let environment = try await PostgreSQLEnvironment.make { $0.mode = .direct }
        let suite = Suite(environment)
        for statement in [
            "CREATE FUNCTION public.format(text, regrole, regrole, text) RETURNS text LANGUAGE plpgsql AS "
                + "'BEGIN RAISE EXCEPTION ''called''; END'",
            "ALTER DATABASE orders SET search_path = public, pg_catalog",
            "ALTER ROLE mayfly SET search_path = public, pg_catalog",
        ] {
            try await environment.server.execute(statement, database: "orders")
        }
        let engine = PostgreSQLEnvironment.engine(environment.definition, PostgreSQLEnvironment.password)
        let made = try suite.order()
        _ = try #require(await engine.issue([made.order]).first).get()
        #expect(await engine.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
        await engine.close()
    }

    @Test("What somebody else granted is not ours to take: the role stays locked, with the statement")
    func grantsOfOthers() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let role = made.order.role
        try await environment.server.execute("GRANT SELECT ON secrets TO \(role)", database: "orders")
        guard case .locked(let obstacle) = try await suite.revoke(made) else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.hanging.contains { $0.contains("secrets") })
        let statement = try #require(obstacle.statement)
        try await environment.server.execute(
            String(statement.prefix { $0 != ";" }), database: "orders")
        try await suite.expectGone(made)
    }

    @Test("A group with a power is refused, and so is a renewal once somebody gave it one")
    func powers() async throws {
        let environment = try await PostgreSQLEnvironment.make { $0.mode = .direct }
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        for statement in [
            "GRANT pg_read_server_files TO orders_readonly", "ALTER ROLE orders_readonly CREATEDB",
        ] {
            try await environment.server.execute(statement)
            #expect(try await failure(suite, try suite.order().order).code == "MF003")
            let renewed = await suite.engine.renew([
                RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))
            ])
            guard case .failure(let failure) = renewed[0] else {
                Issue.record("renewed")
                return
            }
            #expect(failure.code == "MF003")
            try await environment.server.execute("REVOKE pg_read_server_files FROM orders_readonly")
        }
        try await suite.expectGone(made)
    }

    @Test("The daemon holds the ceilings of live roles and of issues per minute")
    func ceilings() async throws {
        let environment = try await environment()
        let suite = Suite(environment)
        var definition = environment.definition
        definition.ceilings.maxIssuesPerMinute = 2
        let engine = PostgreSQLEnvironment.engine(definition, PostgreSQLEnvironment.password)
        let made = try (0..<4).map { _ in try suite.order() }
        let answers = await engine.issue(made.map(\.order))
        let refused = answers.compactMap { if case .failure(let failure) = $0 { failure } else { nil } }
        #expect(refused.count == 2 && refused.allSatisfy { $0.kind == .tooMany && $0.code == "MF007" })
        #expect(
            await engine.revoke(made.map(\.reference), .full).allSatisfy { $0 == .gone(sessionsEnded: 0) })
        await engine.close()

        definition.ceilings.maxIssuesPerMinute = 100
        definition.ceilings.maxLive = 1
        let small = PostgreSQLEnvironment.engine(definition, PostgreSQLEnvironment.password)
        let more = try (0..<3).map { _ in try suite.order() }
        let second = await small.issue(more.map(\.order))
        #expect(
            second.filter { if case .failure(let failure) = $0 { failure.code == "MF006" } else { false } }
                .count >= 2)
        _ = await small.revoke(more.map(\.reference), .full)
        await small.close()
    }

    // MARK: What is said

    @Test("The preflight says what is risked, what is missing and what is too much")
    func preflight() async throws {
        let environment = try await PostgreSQLEnvironment.make { $0.mode = .direct }
        let engine = environment.engine
        let good = await engine.preflight(profiles: [environment.profile])
        #expect(good.allSatisfy { $0.severity < .error })
        #expect(
            good.contains {
                $0.check == "mode" && $0.severity == .warning && $0.message.contains("superuser")
            })
        #expect(good.contains { $0.check == "account" && $0.severity == .ok })
        #expect(await engine.probe(environment.profile).allSatisfy { $0.severity == .ok })
        for statement in [
            "ALTER ROLE mayfly CREATEDB", "ALTER ROLE mayfly NOCREATEROLE",
            "REVOKE pg_signal_backend FROM mayfly", "CREATE ROLE payroll NOLOGIN", "GRANT payroll TO mayfly",
            "ALTER ROLE orders_readonly CREATEROLE",
        ] {
            try await environment.server.execute(statement)
        }
        let bad = await engine.preflight(profiles: [environment.profile])
        for (words, statement) in [
            ("CREATEDB", "ALTER ROLE \"mayfly\" NOCREATEDB;"),
            ("may not make roles", "ALTER ROLE \"mayfly\" CREATEROLE;"),
            ("pg_signal_backend", "GRANT pg_signal_backend TO \"mayfly\";"),
            ("payroll", "REVOKE \"payroll\" FROM \"mayfly\";"),
        ] {
            #expect(bad.contains { $0.message.contains(words) && $0.statement == statement }, "\(words)")
        }
        #expect(
            bad.contains { $0.severity == .error && $0.message.contains("a power that no lease may have") })
    }
}
