import Foundation
import MayflyCore
import SQLClients

/// What the guard's `statements` answers of one lease.
enum GuardStatements {
    private struct Told: Decodable {
        var id: String
        var database: String?
        var text: String
        var calls: Int64
        var rows: Int64
        var milliseconds: Double
    }

    /// - Returns: those that the guard knows; an older guard tells nothing.
    static func readings<Dialect: GuardDialect>(
        _ leases: [LeaseID], _ caller: GuardCaller<Dialect>, by deadline: ContinuousClock.Instant
    ) async throws(EngineFailure) -> StatementReadings {
        let answers = await caller.call(.statements, leases.map { GuardMembers.Lease($0) }, by: deadline)
        var readings = StatementReadings()
        for (lease, answer) in zip(leases, answers) {
            switch answer {
            case .success(let row):
                do throws(EngineFailure) { readings.readings.append(try reading(lease, row)) } catch {
                    readings.failures[lease] = error
                }
            // A lease that no register knows has run nothing that is ours to tell.
            case .failure(let failure) where failure.code == GuardCode.notOurs?.code: continue
            case .failure(let failure): readings.failures[lease] = failure
            }
        }
        // None could be asked: it is not theirs.
        if !leases.isEmpty, readings.failures.count == leases.count,
            let failure = readings.failures.values.first, Set(readings.failures.values).count == 1
        {
            throw failure
        }
        return readings
    }

    private static func reading<Report>(
        _ lease: LeaseID, _ row: SQLRow<Report>
    ) throws(EngineFailure) -> StatementReading {
        guard let source = row.text(ifThere: "source").flatMap(StatementSource.init(rawValue:)) else {
            throw EngineFailure(.guardUnusable, "the server's answer about statements was not as expected")
        }
        return StatementReading(
            lease: lease, source: source,
            since: row.text(ifThere: "since_epoch").flatMap(Double.init).map(
                Date.init(timeIntervalSince1970:)),
            statements: try statements(row.text(ifThere: "statements") ?? "[]"),
            total: row.text(ifThere: "total").flatMap { Int($0) })
    }

    private static func statements(_ text: String) throws(EngineFailure) -> [StatementReading.Statement] {
        do {
            return try JSONDecoder().decode([Told].self, from: Data(text.utf8)).map {
                .init(
                    id: $0.id, database: $0.database, text: $0.text, calls: $0.calls, rows: $0.rows,
                    milliseconds: $0.milliseconds)
            }
        } catch {
            throw EngineFailure(.guardUnusable, "the server's answer about statements was not as expected")
        }
    }
}
