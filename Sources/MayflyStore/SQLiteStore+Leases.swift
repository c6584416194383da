package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func apply(_ steps: [LeaseStep], now: Date) async throws(StoreError) -> [LeaseStepResult] {
        let purpose: WritePurpose = steps.contains(where: \.event.endsAccess) ? .ending : .record
        return try await writes.write(purpose, durable: true) { db in
            try steps.map { step in try Self.apply(step, now: now, db) }
        }
    }

    private static func apply(_ step: LeaseStep, now: Date, _ db: Database) throws -> LeaseStepResult {
        guard let before = try LeaseRow.fetch(step.lease, db) else {
            return LeaseStepResult(change: .impossible, lease: nil)
        }
        var lease = before
        let change = lease.apply(step.event, now: now)
        switch change {
        case .impossible: return LeaseStepResult(change: change, lease: before)
        case .already:
            // Repeated attempts and earlier deadlines are kept, though nothing happened that is worth a record.
            if lease != before {
                try LeaseRow.update(lease, releasing: step.event.endsAttempt, db)
            }
        case .changed:
            try LeaseRow.update(lease, releasing: true, db)
            if lease.state == .active, before.state == .creating {
                try RequestRow.markIssued(lease.requestID, db)
            }
            if let audit = step.audit { try AuditLog.append([audit], db) }
        }
        return LeaseStepResult(change: change, lease: try LeaseRow.fetch(lease.id, db))
    }

    package func claimDue(
        _ database: DatabaseName, now: Date, limit: Int, claim: Claim
    ) async throws(StoreError) -> [Lease] {
        try await writes.write(.ending, durable: false) { db in
            let due = try db.cachedStatement(
                sql: """
                    SELECT \(LeaseRow.columns) FROM leases WHERE database = ? AND due_at <= ?
                    ORDER BY due_at, number LIMIT ?
                    """)
            let arguments: StatementArguments = [database.rawValue, now.milliseconds, max(limit, 0)]
            let leases = try Row.fetchAll(due, arguments: arguments).map(LeaseRow.lease)
            return try leases.map { lease in
                var lease = lease
                if lease.state == .active {
                    let change = lease.apply(.ending(.expired, attemptAt: now), now: now)
                    precondition(change == .changed, "an active lease can always be ended")
                    try LeaseRow.update(lease, releasing: true, db)
                    try AuditLog.append([.expired(lease, at: now)], db)
                }
                try Self.claim(lease.id, claim, db)
                return try LeaseRow.fetch(lease.id, db) ?? lease
            }
        }
    }

    package func claim(_ leases: [LeaseID], now: Date, claim: Claim) async throws(StoreError) -> [Lease] {
        try await writes.write(.ending, durable: false) { db in
            let free = try db.cachedStatement(
                sql: """
                    SELECT \(LeaseRow.columns) FROM leases WHERE id = ? AND due_at IS NOT NULL
                        AND (claim_until IS NULL OR claim_until <= ?)
                    """)
            return try leases.compactMap { id in
                let row = try Row.fetchOne(free, arguments: [id.rawValue, now.milliseconds])
                guard let lease = try row.map(LeaseRow.lease) else { return nil }
                try Self.claim(id, claim, db)
                return lease
            }
        }
    }

    private static func claim(_ id: LeaseID, _ claim: Claim, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE leases SET claim_owner = ?, claim_until = ? WHERE id = ?")
        try statement.execute(arguments: [claim.owner, claim.until.milliseconds, id.rawValue])
    }

    package func recover(owner: String, now: Date) async throws(StoreError) -> Int {
        try await writes.write(.ending, durable: true) { db in
            try db.execute(
                sql: """
                    UPDATE leases INDEXED BY leases_live SET claim_owner = NULL, claim_until = NULL
                    WHERE due_at IS NOT NULL AND claim_owner = ?
                    """, arguments: [owner])
            // What is overdue keeps its place before what is made due now.
            try db.execute(
                sql: """
                    UPDATE leases INDEXED BY leases_live SET next_attempt_at = ?
                    WHERE due_at IS NOT NULL AND state IN ('creating', 'revoking', 'locked')
                        AND ifnull(next_attempt_at, ?) >= ?
                    """, arguments: [now.milliseconds, now.milliseconds, now.milliseconds])
            return try Int.fetchOne(
                db,
                sql: """
                    SELECT ifnull(sum(count), 0) FROM lease_counts
                    WHERE state IN ('creating', 'revoking', 'locked')
                    """) ?? 0
        }
    }

    package func nextDue(_ database: DatabaseName) async throws(StoreError) -> Date? {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT min(due_at) FROM leases WHERE database = ? AND due_at IS NOT NULL")
            return try Int64.fetchOne(statement, arguments: [database.rawValue]).map(Date.init(milliseconds:))
        }
    }

    package func liveLeases(_ database: DatabaseName) async throws(StoreError) -> [LeaseID: Lease.State] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT id, state FROM leases WHERE database = ? AND due_at IS NOT NULL",
                arguments: [database.rawValue])
            var live: [LeaseID: Lease.State] = [:]
            while let row = try rows.next() {
                guard let id = LeaseID(rawValue: row[0]), let state = Lease.State(rawValue: row[1]) else {
                    throw StoreError.corrupt("a lease of \(database) cannot be read")
                }
                live[id] = state
            }
            return live
        }
    }

    package func counts() async throws(StoreError) -> [LeaseCount] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT database, profile, state, count FROM lease_counts WHERE count > 0"
            )
            .map { row in
                guard let database = DatabaseName(rawValue: row[0]),
                    let profile = ProfileName(rawValue: row[1]), let state = Lease.State(rawValue: row[2])
                else { throw StoreError.corrupt("the counts of leases cannot be read") }
                return LeaseCount(database: database, profile: profile, state: state, count: row[3])
            }
        }
    }
}
