import Foundation
import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What is particular to `mode: direct` on MariaDB, under every sql_mode.
@Suite(.serialized) struct MariaDBDirectTests {
    private typealias Suite = DatabaseEngineConformance<MariaDBEnvironment>

    private static let strange = Task {
        try await MariaDBEnvironment.make(
            options: ["--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT"]
        ) { $0.mode = .direct }
    }

    private func failure(_ suite: Suite, _ order: RoleOrder) async throws -> EngineFailure {
        switch try #require(await suite.engine.issue([order]).first) {
        case .success: throw TestServerError.timedOut("a failure")
        case .failure(let failure): return failure
        }
    }

    @Test(
        "A group's name is an identifier and nothing else, whatever the sql_mode",
        arguments: ["a`b", "x`@`y", "a'b", "a\"b", "a\\", "größe", "`\u{301}x", "$$"])
    func groupNames(name: String) async throws {
        for environment in [try await MariaDBEnvironment.direct(), try await Self.strange.value] {
            let suite = Suite(environment)
            let quoted = "`" + name.doubling("`") + "`"
            try await environment.server.execute("CREATE ROLE \(quoted)")
            try await environment.server.execute(
                "GRANT \(quoted) TO mayfly@\(environment.definition.accountHost) WITH ADMIN OPTION")
            let made = try suite.order(requester: name, groups: [name], reason: name)
            try await suite.issue(made)
            var raw = try suite.order(groups: [name]).order
            raw.creationStatements = Self.spoken(
                [
                    "CREATE USER {{name}} IDENTIFIED VIA mysql_native_password USING {{verifier}}",
                    "GRANT {{group}} TO {{name}}", "SET DEFAULT ROLE {{group}} FOR {{name}}",
                ], on: environment)
            raw.revocationStatements = ["REVOKE {{group}} FROM {{name}}"]
            _ = try #require(await suite.engine.issue([raw]).first).get()
            let references = [made.reference, RoleReference(lease: raw.lease, role: raw.role)]
            for outcome in await suite.engine.revoke(references, .full) {
                #expect(outcome == .gone(sessionsEnded: 0))
            }
            try await environment.server.execute("DROP ROLE \(quoted)")
        }
    }

    /// MariaDB's words as MySQL has them.
    private static func spoken(_ statements: [String], on environment: MariaDBEnvironment) -> [String] {
        guard environment.server.isMySQL else { return statements }
        return statements.map {
            $0.replacing("VIA mysql_native_password USING", with: "WITH caching_sha2_password AS")
                .replacing("{{group}} FOR {{name}}", with: "{{group}} TO {{name}}")
        }
    }

    @Test(
        "What people write becomes text of an attribute and nothing else, whatever the sql_mode",
        arguments: [
            "o'brien", "\\", "\\'", "a\\", "\"", "' ACCOUNT UNLOCK -- ", "it\u{27}\u{301}s", "$$",
            "{\"mayfly\": 1}",
        ])
    func writtenTexts(text: String) async throws {
        for environment in [try await MariaDBEnvironment.direct(), try await Self.strange.value] {
            let suite = Suite(environment)
            let made = try suite.order(requester: text, reason: text)
            try await suite.issue(made)
            _ = try #require(
                await suite.engine.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))])
                    .first
            ).get()
            #expect(try await suite.engine.roles().first { $0.lease == made.order.lease }?.requester == text)
            #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        }
    }

    @Test("Under a strange sql_mode a lease lives and ends as elsewhere")
    func strangeMode() async throws {
        let suite = Suite(try await Self.strange.value)
        try await suite.aLeaseGivesItsScopeAndNothingElseUntilItIsGone()
        try await suite.aRoleThatSomethingHangsOnStaysLockedAndThatStays()
    }

    @Test(
        "Raw SQL that fails, makes nothing or gives powers leaves no account",
        arguments: [
            [
                "CREATE USER {{name}} IDENTIFIED VIA mysql_native_password USING {{verifier}}",
                "SELECT nonsense",
            ],
            ["GRANT {{group}} TO {{name}}", "SELECT nonsense"],
            ["SELECT {{verifier}}"],
            ["GRANT UPDATE ON mysql.* TO {{name}} WITH GRANT OPTION"],
            ["GRANT {{group}} TO {{name}} WITH ADMIN OPTION"],
            [
                "CREATE USER {{name}} IDENTIFIED VIA mysql_native_password USING {{verifier}}; DROP TABLE orders.customers"
            ],
            ["CREATE USER '{{name}}'"],
            ["COMMIT"],
        ])
    func rawSQLThatFails(statements: [String]) async throws {
        let environment = try await MariaDBEnvironment.direct()
        let suite = Suite(environment)
        let good = try (0..<2).map { _ in try suite.order() }
        var order = try suite.order().order
        order.creationStatements = Self.spoken(statements, on: environment)
        let answers = await suite.engine.issue([good[0].order, order, good[1].order])
        #expect(throws: EngineFailure.self) { try answers[1].get() }
        #expect(throws: Never.self) { try answers[0].get() }
        #expect(throws: Never.self) { try answers[2].get() }
        #expect(try await !environment.roleExists(order.role.rawValue))
        for outcome in await suite.engine.revoke(good.map(\.reference), .full) {
            #expect(outcome == .gone(sessionsEnded: 0))
        }
    }

    @Test(
        "Raw SQL that names what is not there is said to, and not that a guard is missing",
        arguments: ["INSERT INTO rawland.nowhere VALUES (1)", "CALL rawland.nowhere()"])
    func rawSQLThatNamesNothing(statement: String) async throws {
        let environment = try await MariaDBEnvironment.direct()
        let suite = Suite(environment)
        try await environment.server.execute("CREATE SCHEMA IF NOT EXISTS rawland")
        try await environment.server.execute(
            "GRANT INSERT, EXECUTE ON rawland.* TO mayfly@\(environment.definition.accountHost)")
        var order = try suite.order().order
        order.creationStatements = [statement]
        do throws(EngineFailure) {
            _ = try await suite.engine.issue([order])[0].get()
            Issue.record("issued")
        } catch {
            #expect(error.message.contains("raw statement 1 ") && error.kind == .invalid, "\(error)")
        }
        #expect(try await !environment.roleExists(order.role.rawValue))
    }

    @Test("After a restart the state says whose an account is, and without it nothing is touched")
    func afterARestart() async throws {
        let environment = try await MariaDBEnvironment.direct()
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)

        let forgetful = MariaDBEnvironment.engine(environment.definition, MariaDBEnvironment.password)
        let stray = try await forgetful.roles().first { $0.role == made.order.role.rawValue }
        #expect(environment.server.isMySQL || stray?.standing == .stray)
        if !environment.server.isMySQL {
            guard case .failed(let failure) = await forgetful.revoke([made.reference], .full)[0] else {
                Issue.record("an account that nobody knows was touched")
                return
            }
            #expect(failure.kind == .refusedByGuard)
        }
        await forgetful.close()

        let next = MariaDBEnvironment.engine(environment.definition, MariaDBEnvironment.password)
        next.consult(Recorded(role: made.reference))
        let standing = try await next.roles().first { $0.lease == made.order.lease }
        #expect(standing?.standing == .live && standing?.requester == "alice")
        _ = try #require(
            await next.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))]).first
        ).get()
        // Under the name of another lease it is not ours.
        let other = RoleReference(lease: LeaseID(), role: made.order.role)
        _ = await next.revoke([other], .full)
        #expect(try await environment.roleExists(made.order.role.rawValue))
        #expect(await next.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
        await next.close()
    }

    @Test("An account is found, and ended, under whatever host it was made")
    func otherHost() async throws {
        let environment = try await MariaDBEnvironment.direct()
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        var definition = environment.definition
        definition.loginAccounts = .init(host: "10.99.%")
        let next = MariaDBEnvironment.engine(definition, MariaDBEnvironment.password)
        next.consult(Recorded(role: made.reference))
        #expect(try await next.roles().first { $0.lease == made.order.lease }?.standing == .live)
        #expect(await next.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        await next.close()
    }

    @Test("Without the right to see sessions no account is taken for ended")
    func powerless() async throws {
        let environment = try await MariaDBEnvironment.make { $0.mode = .direct }
        let suite = Suite(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        let account = "\(MariaDBEnvironment.account)@\(environment.definition.accountHost)"
        let reconnect = { () async throws in
            for row in try await environment.server.execute(
                "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?",
                [MariaDBEnvironment.account])
            {
                try await environment.server.execute(
                    "KILL \(environment.server.isMySQL ? "" : "SOFT ")CONNECTION \(try row.int("id"))")
            }
        }
        try await environment.server.execute("REVOKE PROCESS ON *.* FROM \(account)")
        try await reconnect()
        guard case .failed(let blind) = try await suite.revoke(made) else {
            Issue.record("ended, though its session was not seen")
            return
        }
        #expect(blind.code == "MF016" && blind.kind == .guardUnusable)
        // Connections that began without it have it not.
        try await environment.server.execute("GRANT PROCESS ON *.* TO \(account)")
        guard case .failed(let old) = try await suite.revoke(made) else {
            Issue.record("ended, though its session was not seen")
            return
        }
        #expect(old.kind == .guardUnusable)
        try await session.run("SELECT 1")
        try await reconnect()
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 1))
    }

    /// What the state has on record.
    private struct Recorded: RoleRegister {
        let role: RoleReference
        private var registered: RegisteredRole {
            RegisteredRole(
                reference: role, oid: nil, requester: "alice", groups: ["orders_readonly"], validUntil: nil,
                revocationStatements: [])
        }
        func registered(_ leases: [LeaseID]) async throws(EngineFailure) -> [RegisteredRole] {
            leases.contains(role.lease) ? [registered] : []
        }
        func registered(_ roles: [RoleName]) async throws(EngineFailure) -> [RegisteredRole] {
            roles.contains(role.role) ? [registered] : []
        }
    }

    @Test("What a group may do is told to who decides")
    func privileges() async throws {
        let environment = try await MariaDBEnvironment.direct()
        #expect(
            try await environment.engine.privileges(of: ["orders_readonly"]) == [
                "SELECT ON `orders`.`customers`"
            ])
    }

    @Test(
        "An account that stays on MySQL loses its group, and what others gave it is named, not in anybody's way"
    )
    func rolesOfOthers() async throws {
        let environment = try await MariaDBEnvironment.direct()
        guard environment.server.isMySQL else { return }
        let suite = Suite(environment)
        let (kept, other) = (try suite.order(), try suite.order())
        for made in [kept, other] { try await suite.issue(made) }
        let account = "`\(kept.order.role)`@`\(environment.definition.madeAccounts.host)`"
        try await environment.server.client(
            script: """
                CREATE ROLE foreign_role; GRANT foreign_role TO \(account);
                GRANT SELECT ON orders_archive.* TO \(account);
                """)
        let view = try await environment.leaveObject(of: kept.order.role)
        // In one batch: what the one may not be rid of does not keep the other.
        let outcomes = await suite.engine.revoke([kept.reference, other.reference], .full)
        #expect(outcomes[1] == .gone(sessionsEnded: 0))
        guard case .locked(let obstacle) = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(obstacle.hanging == ["view orders.\(view)", "role foreign_role"])
        let mend = "REVOKE `foreign_role`@`%` FROM \(account);"
        #expect(obstacle.statement?.contains(mend) == true, "\(obstacle)")
        let grants = try await environment.server.execute("SHOW GRANTS FOR \(account)").compactMap {
            $0.values.first ?? nil
        }
        #expect(grants.contains { $0.contains("foreign_role") })
        #expect(!grants.contains { $0.contains("orders_readonly") || $0.contains("orders_archive") })
        try await environment.server.execute(mend)
        try await environment.remove(view)
        #expect(try await suite.revoke(kept) == .gone(sessionsEnded: 0))
    }

    @Test("A group with a power is refused")
    func powers() async throws {
        let environment = try await MariaDBEnvironment.direct()
        let suite = Suite(environment)
        let account = "mayfly@\(environment.definition.accountHost)"
        for (name, grant) in [
            ("files", "GRANT FILE ON *.* TO files"),
            ("granter", "GRANT SELECT ON orders.* TO granter WITH GRANT OPTION"),
            ("accounts", "GRANT SELECT ON mysql.* TO accounts"),
        ] {
            try await environment.server.execute("CREATE ROLE \(name)")
            try await environment.server.execute("GRANT \(name) TO \(account) WITH ADMIN OPTION")
            try await environment.server.execute(grant)
            #expect(
                try await failure(suite, try suite.order(groups: [name]).order).code == "MF003", "\(name)")
            try await environment.server.execute("DROP ROLE \(name)")
        }
    }

    @Test("The preflight says what is risked, what is missing and what is too much")
    func preflight() async throws {
        let environment = try await MariaDBEnvironment.make { $0.mode = .direct }
        let good = await environment.engine.preflight(profiles: [environment.profile])
        #expect(good.allSatisfy { $0.severity < .error })
        #expect(good.contains { $0.check == "mode" && $0.severity == .warning })
        #expect(good.contains { $0.check == "expiry" && $0.message.contains("no server-side expiry") })
        #expect(await environment.engine.probe(environment.profile).allSatisfy { $0.severity == .ok })
        let account = "mayfly@\(environment.definition.accountHost)"
        try await environment.server.execute("GRANT FILE ON *.* TO \(account)")
        try await environment.server.execute("REVOKE TRIGGER ON *.* FROM \(account)")
        try await environment.server.execute(
            environment.server.isMySQL
                ? "REVOKE orders_readonly FROM \(account)"
                : "REVOKE ADMIN OPTION FOR orders_readonly FROM \(account)")
        let bad = await environment.engine.preflight(profiles: [environment.profile])
        #expect(bad.contains { $0.message == "our account has FILE, which is not our job" })
        #expect(bad.contains { $0.message == "our account has not TRIGGER" })
        #expect(
            bad.contains {
                $0.message.contains("may not hand on") && $0.statement?.contains("ADMIN OPTION") == true
            })
    }
}
