import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// `REVOKE CONNECT ... FROM PUBLIC` takes it from everybody who has it from nobody else.
@Suite struct PostgreSQLConnectTests {
    @Test("A lease connects where its group may, though nobody else does, and is ended there as ever")
    func lease() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        try await environment.server.execute("REVOKE CONNECT ON DATABASE orders FROM PUBLIC")
        let made = try suite.order()
        try await suite.issue(made)
        await #expect(throws: (any Error).self) {
            _ = try await environment.logIn(made.order.role, password: made.password)
        }
        try await environment.server.execute("GRANT CONNECT ON DATABASE orders TO orders_readonly")
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT * FROM customers")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 1))
        await environment.engine.close()
    }

    @Test("The plan gives it to the group, again when somebody took it away")
    func plan() async throws {
        let world = try await ScopeWorld.make(
            "closed", "CREATE TABLE sales.orders (); REVOKE CONNECT ON DATABASE closed FROM PUBLIC;",
            ScopeGrant(.tables(schema: "sales", .all), [.select]))
        let statement = "GRANT CONNECT ON DATABASE \"closed\" TO \"g_closed\""
        #expect(try await world.statements().contains(statement))
        #expect(try await world.apply().isInStep)
        let may = "SELECT has_database_privilege('g_closed', 'closed', 'CONNECT') AS may"
        #expect(try await world.execute(may).only().bool("may"))
        try await world.execute("REVOKE CONNECT ON DATABASE closed FROM g_closed")
        #expect(try await world.statements() == [statement])
        #expect(try await world.apply().isInStep)
        #expect(try await world.execute(may).only().bool("may"))
    }
}
