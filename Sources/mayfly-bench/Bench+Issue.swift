/// Leases a second and how long one takes: the bare loop and the daemon in turns.
extension Bench {
    func issue(_ scenario: Scenario, _ daemon: DaemonProcess, into report: inout Report) async throws {
        var rounds: [String: [Figures]] = [:]
        var order: [(who: String, atOnce: Int)] = []
        for round in 1...self.rounds {
            say("\(scenario.name), round \(round) of \(self.rounds)")
            for (index, count) in Scenario.requesters.enumerated() {
                let used = index == 0 ? 1 : scenario.connections
                if index == 0 || (index == 1 && used > 1) {
                    let found = try await daemon.frozen {
                        try await scenario.server.run(connections: used, window)
                    }
                    add(Self.bare, used, found)
                }
                for caller in [Requesters.Caller.lean, .mayflyClient] {
                    let requesters = Requesters(
                        socket: daemon.socket, profile: scenario.profile, count: count, caller: caller)
                    let found = try await requesters.run(window())
                    add(caller == .lean ? Self.daemon : Self.client, count, found)
                    try await daemon.revoke(profile: scenario.profile)
                }
            }
            try await world.tidy()
        }
        func add(_ who: String, _ atOnce: Int, _ figures: Figures) {
            let key = "\(who) \(atOnce)"
            if rounds[key] == nil { order.append((who, atOnce)) }
            rounds[key, default: []].append(figures)
        }
        for who in [Self.bare, Self.daemon, Self.client] {
            for entry in order where entry.who == who {
                let figures = Figures(median: rounds["\(who) \(entry.atOnce)"] ?? [])
                report.rows.append(
                    .init(scenario: scenario.name, who: who, atOnce: entry.atOnce, figures: figures))
            }
        }
    }
}
