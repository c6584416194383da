import SQLClients

/// What a lease and its end cost when its group may read few tables, and when it may read many.
extension Bench {
    static let fewTables = 10
    static let manyTables = 2000

    func costWithTables(
        _ scenarios: [Scenario], _ daemon: DaemonProcess, into report: inout Report
    ) async throws {
        var laps = CostLaps()
        for round in 1...2 {
            for count in [Self.fewTables, Self.manyTables] {
                say("the cost of a lease over \(count) tables, round \(round) of 2")
                try await makeTables(count)
                try await world.tidy()
                for scenario in scenarios { try await laps.measure(scenario, Self.tables(count), daemon) }
            }
        }
        try await makeTables(0)
        laps.report(into: &report)
    }

    static func tables(_ count: Int) -> String { "\(count) tables" }

    /// A hundred at a time: each holds a lock until its transaction ends.
    private func makeTables(_ count: Int) async throws {
        try await world.asDBA(of: "bench") { connection in
            for table in 1...Self.manyTables where table % 100 == 0 {
                _ = try await connection.query(
                    """
                    DO $$ BEGIN FOR i IN \(table - 99)..\(table) LOOP
                        EXECUTE format('DROP TABLE IF EXISTS bench_%s', i);
                        IF i <= \(count) THEN
                            EXECUTE format('CREATE TABLE bench_%s (id int)', i);
                            EXECUTE format('GRANT SELECT ON bench_%s TO bench_readonly', i);
                        END IF;
                    END LOOP; END $$
                    """)
            }
        }
    }
}
