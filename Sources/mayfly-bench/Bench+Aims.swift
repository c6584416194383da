/// What is aimed at, held against what was found.
extension Bench {
    func judge(_ report: inout Report) {
        let (at4096, at1, mariaDB) = (Self.at4096, Self.at1, Self.mariaDB)
        let connections = Self.postgreSQLConnections
        for requesters in [8, 32] {
            ratio(
                "PostgreSQL, 4,096 iterations, \(requesters) requesters, of the bare loop on \(connections) connections",
                rate(at4096, Self.daemon, requesters), rate(at4096, Self.bare, connections), .atLeast, 0.9)
        }
        ratio(
            "PostgreSQL, 1 iteration, 32 requesters, of the bare loop on one connection",
            rate(at1, Self.daemon, 32), rate(at1, Self.bare, 1), .atLeast, 1)
        ratio(
            "MariaDB, 32 requesters, of the bare loop on one connection",
            rate(mariaDB, Self.daemon, 32), rate(mariaDB, Self.bare, 1), .atLeast, 1)
        ratio(
            "PostgreSQL, 4,096 iterations, p50 at one requester, of the bare loop's",
            report.figures(at4096, Self.daemon, 1)?.p50, report.figures(at4096, Self.bare, 1)?.p50, .atMost,
            1.4)
        ratio(
            "\(dueLeases) leases due at once, of the bare batch",
            report.fact("ended by mayflyd"), report.fact("ended by the bare batch"), .atLeast, 0.5)
        add("ready with \(liveInState) live leases", report.fact(Self.readyName), .atMost, 300, "ms")
        add(
            "resident memory with \(liveInState) live leases", report.fact(Self.memoryName), .atMost, 80,
            "MiB")
        for scenario in [at4096, at1] {
            for (few, many) in [
                (Self.live(Self.few), Self.live(Self.many)),
                (Self.tables(Self.fewTables), Self.tables(Self.manyTables)),
            ] {
                ratio(
                    "cost of a lease with \(many), of that with \(few), \(scenario)",
                    report.fact(CostLaps.issue(scenario, many)), report.fact(CostLaps.issue(scenario, few)),
                    .atMost, 1.5)
                ratio(
                    "cost of its end with \(many), of that with \(few), \(scenario)",
                    report.fact(CostLaps.end(scenario, many)), report.fact(CostLaps.end(scenario, few)),
                    .atMost, 1.5)
            }
        }
        if let cold = report.fact("mayfly whoami, from cold"),
            let answer = report.fact("the daemon's answer to it")
        {
            add("mayfly's cold start, on top of the daemon's answer", cold - answer, .atMost, 20, "ms")
        }

        func rate(_ scenario: String, _ who: String, _ atOnce: Int) -> Double? {
            report.figures(scenario, who, atOnce)?.perSecond
        }
        func ratio(
            _ name: String, _ found: Double?, _ base: Double?, _ bound: Report.Aim.Bound, _ aim: Double
        ) {
            guard let found, let base else { return }
            add(name, found / base, bound, aim, "")
        }
        func add(_ name: String, _ found: Double?, _ bound: Report.Aim.Bound, _ aim: Double, _ unit: String) {
            guard let found else { return }
            report.aims.append(.init(name: name, found: found, bound: bound, aim: aim, unit: unit))
        }
    }

    /// Of the four that a database's configuration has by default.
    static let postgreSQLConnections = 3
    static let at4096 = "PostgreSQL, 4,096 iterations"
    static let at1 = "PostgreSQL, 1 iteration"
    static let mariaDB = "MariaDB"
}
