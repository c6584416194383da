/// What a lease costs while few others are alive, and while many are.
extension Bench {
    static let few = 10
    static let many = 5000
    private static let burst = 50

    func costWithLive(
        _ scenarios: [Scenario], _ daemon: DaemonProcess, into report: inout Report
    ) async throws {
        var laps: [String: [Figures]] = [:]
        for round in 1...2 {
            for live in [Self.few, Self.many] {
                say("the cost of a lease with \(live) live ones, round \(round) of 2")
                let others = Requesters(socket: daemon.socket, profile: "pg-live", count: 8, caller: .lean)
                _ = try await others.issue(live) { 3600 }
                try await world.tidy()
                for scenario in scenarios {
                    for _ in 1...4 {
                        let found = try await Requesters(
                            socket: daemon.socket, profile: scenario.profile, count: 1, caller: .lean
                        ).issue(Self.burst) { 3600 }
                        laps["\(scenario.name) \(live)", default: []].append(found)
                        try await daemon.revoke(profile: scenario.profile)
                    }
                }
                try await daemon.revoke()
                try await world.tidy()
            }
        }
        for scenario in scenarios {
            for live in [Self.few, Self.many] {
                report.facts.append(
                    .init(
                        name: Self.costName(scenario.name, live),
                        value: Figures(median: laps["\(scenario.name) \(live)"] ?? []).mean, unit: "ms"))
            }
        }
    }

    static func costName(_ scenario: String, _ live: Int) -> String {
        "cost of a lease with \(live) live, \(scenario)"
    }
}
