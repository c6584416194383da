/// What leases cost under several circumstances: bursts of them by one requester, and the end of each burst.
struct CostLaps {
    private static let burst = 50
    private static let bursts = 4

    private struct Key: Hashable {
        let scenario: String
        let circumstance: String
    }

    private var order: [Key] = []
    private var issues: [Key: [Figures]] = [:]
    private var ends: [Key: [Double]] = [:]

    mutating func measure(
        _ scenario: Bench.Scenario, _ circumstance: String, _ daemon: DaemonProcess
    ) async throws {
        let key = Key(scenario: scenario.name, circumstance: circumstance)
        if issues[key] == nil { order.append(key) }
        let requester = Requesters(
            socket: daemon.socket, profile: scenario.profile, count: 1, caller: .lean)
        for _ in 1...Self.bursts {
            issues[key, default: []].append(try await requester.issue(Self.burst) { 3600 })
            let start = ContinuousClock.now
            try await daemon.revoke(profile: scenario.profile)
            ends[key, default: []].append(start.duration(to: .now) / .milliseconds(1) / Double(Self.burst))
        }
    }

    /// In milliseconds per lease.
    func report(into report: inout Report) {
        for key in order {
            report.facts.append(
                .init(
                    name: Self.issue(key.scenario, key.circumstance),
                    value: Figures(median: issues[key] ?? []).mean, unit: "ms"))
            report.facts.append(
                .init(
                    name: Self.end(key.scenario, key.circumstance), value: Figures.median(ends[key] ?? []),
                    unit: "ms"))
        }
    }

    static func issue(_ scenario: String, _ circumstance: String) -> String {
        "cost of a lease with \(circumstance), \(scenario)"
    }

    static func end(_ scenario: String, _ circumstance: String) -> String {
        "cost of its end with \(circumstance), \(scenario)"
    }
}
