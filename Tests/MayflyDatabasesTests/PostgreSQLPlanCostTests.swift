import Foundation
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

    /// How many statements the server was sent in the world's database, by its log, and how long it took.
    private func cost(_ world: ScopeWorld) async throws -> (statements: Int, time: Duration) {
        try await world.server.execute(
            "ALTER DATABASE \(world.definition.database) SET log_statement = 'all'")
        let clock = ContinuousClock()
        let before = try logged(world)
        let began = clock.now
        _ = try await world.plan()
        let time = clock.now - began
        // Written before a statement is answered.
        let statements = try logged(world) - before
        try await world.server.execute("ALTER DATABASE \(world.definition.database) RESET log_statement")
        #expect(statements > 0)
        return (statements, time)
    }

    private func logged(_ world: ScopeWorld) throws -> Int {
        let log = String(
            decoding: try Data(contentsOf: URL(filePath: world.server.logPath)), as: UTF8.self)
        return log.split(separator: "\n").count { line in
            line.contains("@\(world.definition.database) LOG:  ")
                && (line.contains("LOG:  statement: ") || line.contains("LOG:  execute "))
        }
    }
}
