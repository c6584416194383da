import MayflyCore

/// A database server without us in front of it: what a program would do that called the guard itself.
protocol BareServer: Sendable {
    func connect() async throws -> any BareConnection
}

/// One connection of the broker's account through the house's C client. Each call is what has to be done, no more:
/// nothing is recorded, nobody is asked, nothing is put together.
protocol BareConnection: Sendable {
    /// A fresh password and verifier for each lease, all in one call of the guard.
    func issue(_ count: Int) async throws -> [LeaseID]
    /// Login off, sessions ended, dropped: three calls for all of them.
    func end(_ leases: [LeaseID]) async throws
    func close() async
}

extension BareServer {
    /// One lease a call, again and again, on so many connections at once; what was made is ended afterwards.
    func run(connections: Int, _ window: () -> Window) async throws -> Figures {
        var open: [any BareConnection] = []
        for _ in 0..<connections { open.append(try await connect()) }
        let window = window()
        let (laps, leases) = try await withThrowingTaskGroup(of: ([Double], [LeaseID]).self) { group in
            for connection in open { group.addTask { try await Self.loop(connection, window) } }
            return try await group.reduce(into: ([Double](), [LeaseID]())) {
                $0.0 += $1.0; $0.1 += $1.1
            }
        }
        try await Self.end(leases, open[0])
        for connection in open { await connection.close() }
        return Figures(laps: laps, over: window.seconds)
    }

    private static func loop(
        _ connection: any BareConnection, _ window: Window
    ) async throws -> ([Double], [LeaseID]) {
        var laps: [Double] = []
        var leases: [LeaseID] = []
        while !window.isOver {
            let start = ContinuousClock.now
            leases += try await connection.issue(1)
            if let lap = window.lap(since: start) { laps.append(lap) }
        }
        return (laps, leases)
    }

    /// In batches of so many as the daemon ends at once.
    static func end(_ leases: [LeaseID], _ connection: any BareConnection, batch: Int = 50) async throws {
        for start in stride(from: 0, to: leases.count, by: batch) {
            try await connection.end(Array(leases[start..<min(start + batch, leases.count)]))
        }
    }
}
