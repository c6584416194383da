import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Narrowed leases where no superuser owns the guard: as far as its owner may.
@Suite struct PostgreSQLNarrowingOwnerTests {
    private static func environment() async throws -> PostgreSQLEnvironment {
        let owner = PostgreSQLEnvironment.Owner()
        let environment = try await PostgreSQLEnvironment.make(owner: owner)
        try await environment.server.psql(
            script: """
                CREATE TABLE items (id int, price int); INSERT INTO items VALUES (1, 2);
                GRANT SELECT ON items TO orders_readonly;
                """, database: "orders", as: owner.login)
        try await environment.server.psql(
            script: "CREATE TABLE strangers (id int); GRANT SELECT ON strangers TO orders_readonly;",
            database: "orders")
        try await environment.server.psql(
            script: try environment.scripts.narrowingScript(), database: "orders", as: owner.login)
        return environment
    }

    @Test("A narrowed lease can do its part, loses what its group loses, and its group goes when it is over")
    func story() async throws {
        let environment = try await Self.environment()
        let server = environment.server
        let suite = DatabaseEngineConformance(environment)
        let part = try #require(try Narrowing(tables: nil, columns: ["items.id"]))
        let made = try suite.order().narrowed(to: part)
        let group = try #require(try await suite.issue(made).narrowedGroup)
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT id FROM items")
        var beyond = ["SELECT price FROM items", "SELECT * FROM customers"]
        if try await server.isAtLeast(16) { beyond.append("SET ROLE \(group)") }
        for statement in beyond {
            await #expect(throws: (any Error).self) { try await session.run(statement) }
        }

        // What a superuser hung on it that the owner cannot take away is listed, and stops nobody.
        try await server.execute("GRANT SELECT ON strangers TO \(group)", database: "orders")
        try await server.execute("REVOKE SELECT ON items FROM orders_readonly", database: "orders")
        #expect(try await suite.engine.tend() == ["\(group): fault"])
        await #expect(throws: (any Error).self) { try await session.run("SELECT id FROM items") }
        let findings = await suite.engine.preflight(profiles: [environment.profile])
        #expect(findings.contains { $0.severity == .warning && $0.message.contains("strangers") })
        try await server.execute("GRANT SELECT ON items TO orders_readonly", database: "orders")
        let scope = NarrowedScope(of: made.order.groups, to: part)
        _ = try await #require(
            suite.engine.renew([
                RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200), narrowed: scope)
            ]).first
        ).get()
        await session.end()

        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        try await server.execute("REVOKE SELECT ON strangers FROM \(group)", database: "orders")
        try await server.execute(
            "UPDATE mayfly_narrowing.narrowed SET asked_at = now() - interval '11 minutes'",
            database: "orders")
        #expect(try await suite.engine.tend() == ["\(group): dropped"])
        #expect(try await !environment.roleExists(group))
    }

    @Test("What the owner may not give is refused, and leaves nothing")
    func strangers() async throws {
        let environment = try await Self.environment()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order().narrowed(
            to: try #require(try Narrowing(tables: ["items", "strangers"], columns: nil)))
        let failure = await #expect(throws: EngineFailure.self) {
            try await #require(suite.engine.issue([made.order]).first).get()
        }
        #expect(failure?.code == "42501")
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        #expect(
            try await environment.server.execute("SELECT FROM pg_roles WHERE rolname LIKE 'mfn\\_%'").isEmpty)
    }
}

extension PostgreSQLServer {
    fileprivate func isAtLeast(_ major: Int) async throws -> Bool {
        try await execute("SELECT current_setting('server_version_num')::int AS n").only().int("n")
            >= major * 10_000
    }
}
