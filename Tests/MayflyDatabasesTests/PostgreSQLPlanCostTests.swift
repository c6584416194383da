import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a plan costs does not grow with the tables by more than the reading of their names.
@Suite struct PostgreSQLPlanCostTests {
    @Test("2,000 tables are planned with as many queries as 10")
    func queries() async throws {
        let many = try await ScopeWorld.make(
            "many_tables", tables(2000), ScopeGrant(.level(.write, schema: "sales"), []))
        let few = try await ScopeWorld.make(
            "few_tables", tables(10), ScopeGrant(.level(.write, schema: "sales"), []))
        let (asked, planned) = try await cost(many)
        let (askedOfFew, plannedOfFew) = try await cost(few)
        #expect(asked == askedOfFew)
        let clock = ContinuousClock()
        let began = clock.now
        #expect(try await many.apply().isInStep)
        print(
            "2,000 tables: \(asked) statements, plan \(planned), apply and plan again \(clock.now - began); 10 tables: \(plannedOfFew)"
        )
    }

    private func tables(_ count: Int) -> String {
        """
        DO $$ BEGIN FOR i IN 1..\(count) LOOP
            EXECUTE format('CREATE TABLE sales.t%s (id serial, a text, b text, c text)', i);
        END LOOP; END $$;
        """
    }

    /// How many statements the server was sent, by its own count, and how long it took.
    private func cost(_ world: ScopeWorld) async throws -> (statements: Int, time: Duration) {
        let clock = ContinuousClock()
        let before = try await commits(world)
        let began = clock.now
        _ = try await world.plan()
        let time = clock.now - began
        var after = try await commits(world)
        try await eventually("the server has counted") {
            let now = try await commits(world)
            defer { after = now }
            return now > before && now == after
        }
        return (after - before, time)
    }

    private func commits(_ world: ScopeWorld) async throws -> Int {
        try await world.server.execute(
            "SELECT xact_commit AS n FROM pg_stat_database WHERE datname = $1", [world.definition.database]
        ).only().int("n")
    }
}
