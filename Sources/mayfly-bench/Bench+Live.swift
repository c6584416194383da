/// What a lease and its end cost while few others are alive, and while many are.
extension Bench {
    static let few = 10
    static let many = 5000

    func costWithLive(
        _ scenarios: [Scenario], _ daemon: DaemonProcess, into report: inout Report
    ) async throws {
        var laps = CostLaps()
        for round in 1...2 {
            for live in [Self.few, Self.many] {
                say("the cost of a lease with \(live) live ones, round \(round) of 2")
                let others = Requesters(socket: daemon.socket, profile: "pg-live", count: 8, caller: .lean)
                _ = try await others.issue(live) { 3600 }
                try await world.tidy()
                for scenario in scenarios { try await laps.measure(scenario, Self.live(live), daemon) }
                try await daemon.revoke()
                try await world.tidy()
            }
        }
        laps.report(into: &report)
    }

    static func live(_ count: Int) -> String { "\(count) live" }
}
