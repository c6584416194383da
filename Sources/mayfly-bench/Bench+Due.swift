import Foundation
import SQLClients

/// Thousands of leases whose time is over at once.
extension Bench {
    func due(_ daemon: DaemonProcess, into report: inout Report) async throws {
        var bare: [Double] = []
        var ours: [Double] = []
        for round in 1...max(1, rounds - 1) {
            say("\(dueLeases) leases due at once, round \(round) of \(max(1, rounds - 1))")
            bare.append(try await daemon.frozen { try await endBare() })
            try await world.tidy()
            ours.append(try await endDue(daemon))
            try await world.tidy()
        }
        report.facts.append(
            .init(name: "ended by the bare batch", value: Figures.median(bare), unit: "leases/s"))
        report.facts.append(.init(name: "ended by mayflyd", value: Figures.median(ours), unit: "leases/s"))
    }

    private func endBare() async throws -> Double {
        let server = world.postgreSQL(iterations: 1)
        let connection = try await server.connect()
        var leases = try await connection.issue(100)
        while leases.count < dueLeases { leases += try await connection.issue(100) }
        let start = ContinuousClock.now
        try await BarePostgreSQL.end(leases, connection)
        let took = start.duration(to: .now) / .seconds(1)
        await connection.close()
        return Double(leases.count) / took
    }

    /// The daemon stands still while they fall due, and is then let go: from there to the last drop, by the register.
    private func endDue(_ daemon: DaemonProcess) async throws -> Double {
        let requesters = Requesters(socket: daemon.socket, profile: "pg-live", count: 8, caller: .lean)
        let pace = try await requesters.issue(dueLeases / 20) { 3600 }.perSecond
        try await daemon.revoke()
        let moment = Date().addingTimeInterval(Double(dueLeases) / pace * 1.5 + 5)
        _ = try await requesters.issue(dueLeases) { max(1, Int(moment.timeIntervalSinceNow.rounded(.up))) }
        guard moment.timeIntervalSinceNow > 0 else {
            throw BenchFailure("leases fell due while others were made")
        }
        daemon.freeze()
        try await Task.sleep(for: .seconds(moment.timeIntervalSinceNow + 1.5))
        return try await world.asDBA { connection in
            let start = Date()
            daemon.thaw()
            while try await living(connection) > 0 {
                guard Date().timeIntervalSince(start) < 300 else {
                    throw BenchFailure("leases are not ended")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            let last = try await connection.query(
                "SELECT extract(epoch FROM max(ended_at))::text AS last FROM mayfly.lease"
            ).only().double("last")
            return Double(dueLeases) / (last - start.timeIntervalSince1970)
        }
    }

    private func living(_ connection: PostgreSQLConnection) async throws -> Int {
        try await connection.query("SELECT count(*) AS n FROM mayfly.lease WHERE ended_at IS NULL").only()
            .int("n")
    }
}
