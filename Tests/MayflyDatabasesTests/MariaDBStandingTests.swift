import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a MariaDB (or MySQL) server says of accounts that somebody did something to.
@Suite struct MariaDBStandingTests {
    private func standing(_ role: RoleName, _ engine: any DatabaseEngine) async throws -> RoleStanding {
        try #require(try await engine.roles(withOwned: true).first { $0.role == role.rawValue })
    }

    @Test(
        "What a DBA did to an account is found, and whether it gives a power that no lease may have",
        arguments: [
            ("GRANT SUPER ON *.* TO %@", ["global 1", "powers"]),
            ("GRANT SHOW DATABASES ON *.* TO %@", ["global 1"]),
            ("GRANT SELECT ON orders.* TO %@", ["privileges 1"]),
            ("GRANT SELECT (name) ON orders.secrets TO %@", ["privileges 2"]),
            ("GRANT SELECT ON mysql.* TO %@", ["privileges 1", "powers"]),
            ("ALTER USER %@ ACCOUNT LOCK", ["nologin"]),
            ("ALTER USER %@ IDENTIFIED BY 'Mine-4711-mine'", ["password"]),
            ("REVOKE orders_readonly FROM %@", ["lacks orders_readonly"]),
            ("CREATE ROLE IF NOT EXISTS `odd ``one`; GRANT `odd ``one` TO %@", ["member_of odd `one"]),
            ("GRANT orders_readonly TO %@ WITH ADMIN OPTION", ["admin_of orders_readonly", "powers"]),
        ])
    func altered(script: String, words: [String]) async throws {
        let environment = try await MariaDBEnvironment.shared()
        guard !environment.server.isMySQL else { return }
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        let role = made.order.role
        try await suite.issue(made)
        #expect(try await standing(role, environment.engine).alterations.isEmpty)
        let account = "`\(role)`@`\(environment.definition.madeAccounts.host)`"
        try await environment.server.client(script: script.replacing("%@", with: account))
        let found = try await standing(role, environment.engine)
        #expect(found.standing == .live)
        #expect(found.alterations == words.map(RoleAlteration.init))
        #expect(found.isPowerful == words.contains("powers"))
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        #expect(try await !environment.roleExists(role.rawValue))
    }

    @Test(
        "Limits that were changed behind our back are found",
        arguments: [
            ("WITH MAX_USER_CONNECTIONS 500", ["connection_limit"]),
            ("WITH MAX_USER_CONNECTIONS 0", ["connection_limit"]),
            ("WITH MAX_QUERIES_PER_HOUR 0", ["settings"]), ("WITH MAX_UPDATES_PER_HOUR 7", ["settings"]),
            (
                "WITH MAX_USER_CONNECTIONS 9 MAX_CONNECTIONS_PER_HOUR 1",
                ["connection_limit", "settings"]
            ),
        ])
    func limits(change: String, words: [String]) async throws {
        let environment = try await MariaDBEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order(settings: ["max_queries_per_hour": "1000"])
        let role = made.order.role
        try await suite.issue(made)
        #expect(try await standing(role, environment.engine).alterations.isEmpty)
        let account = "`\(role)`@`\(environment.definition.madeAccounts.host)`"
        try await environment.server.execute("ALTER USER \(account) \(change)")
        let found = try await standing(role, environment.engine)
        #expect(found.alterations == words.map(RoleAlteration.init) && !found.isPowerful)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    @Test("A group that gets a power after its accounts were made is told of each account in it")
    func powerfulGroup() async throws {
        let environment = try await MariaDBEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let group = "`\(environment.group)`"
        #expect(try await standing(made.order.role, environment.engine).alterations.isEmpty)
        for right in ["SUPER ON *.*", "SELECT ON mysql.*"] {
            try await environment.server.client(script: "GRANT \(right) TO \(group)")
            let found = try await standing(made.order.role, environment.engine)
            #expect(found.alterations == [RoleAlteration("group_powers \(environment.group)")])
            #expect(found.hasPowerfulGroup && !found.isPowerful)
            try await environment.server.client(script: "REVOKE \(right) FROM \(group)")
        }
        #expect(try await standing(made.order.role, environment.engine).alterations.isEmpty)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        await environment.engine.close()
    }

    @Test("Sessions are counted, and one leads to its account")
    func sessions() async throws {
        let environment = try await MariaDBEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        let role = made.order.role
        try await suite.issue(made)
        #expect(try await standing(role, environment.engine).sessions == 0)
        let session = try await environment.logIn(role, password: made.password)
        let found = try await standing(role, environment.engine)
        #expect(found.sessions == 1 && found.isUsed == true && found.groups == [environment.group])
        let id = try await environment.server.execute(
            "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?", [role.rawValue]
        ).only().int("id")
        #expect(try await environment.engine.find(.session(id))?.standing?.lease == made.order.lease)
        #expect(try await environment.engine.find(.role(role.rawValue))?.role == role.rawValue)
        for name in ["root", "mayfly", "' OR 1=1 -- "] {
            #expect(try await environment.engine.find(.role(name)) == nil)
        }
        await session.end()
        _ = try await suite.revoke(made)
    }
}
