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

    static func apply(_ step: LeaseStep, now: Date, _ db: Database) throws -> LeaseStepResult {
        guard let before = try LeaseRow.fetch(step.lease, db) else {
            return LeaseStepResult(change: .impossible, lease: nil)
        }
        if step.givesAccess(to: before),
            let lockdown = try LockdownRow.inForce(db).stopping(.init(of: before))
        {
            let overtaken = LeaseStep.overtaken(before, by: lockdown, now: now)
            let after = try overtaken.map { try apply($0, now: now, db).lease } ?? before
            return LeaseStepResult(
                change: .impossible, lease: after, refusal: lockdown.refusal(now: now))
        }
        var lease = before
        let change = lease.apply(step.event, now: now)
        switch change {
        case .impossible: return LeaseStepResult(change: change, lease: before)
        case .already:
            // Repeated attempts and earlier deadlines are kept, though nothing happened that is worth a
            // record.
            if lease != before {
                try LeaseRow.update(lease, releasing: step.event.endsAttempt, db)
            }
        case .changed:
            try LeaseRow.update(lease, releasing: true, db)
            if lease.state == .active, before.state == .creating {
                try RequestRow.markIssued(lease.requestID, db)
            }
            if lease.state == .failed { try RequestRow.markUndone(lease, db) }
            if let request = step.fulfils { try RequestRow.markIssued(request, db) }
            if let audit = step.audit { try AuditLog.append([audit], db) }
            if let review = step.review {
                try ReviewRow.insert(review, db)
                try AuditLog.append([.init(.reviewDue, review, by: .broker, at: now)], db)
            }
        }
        return LeaseStepResult(change: change, lease: try LeaseRow.fetch(lease.id, db))
    }

    package func claimDue(
        _ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int, claim: Claim
    ) async throws(StoreError) -> [Lease] {
        try await writes.write(.ending, durable: false) { db in
            let due = try db.cachedStatement(sql: LeaseSQL.due)
            let arguments: StatementArguments = [
                database.rawValue, attempt == .again, now.milliseconds, max(limit, 0),
            ]
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
            let free = try db.cachedStatement(sql: LeaseSQL.free)
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
            try db.execute(sql: LeaseSQL.forgetClaims, arguments: [owner])
            let now = now.milliseconds
            try db.execute(sql: LeaseSQL.makeDue, arguments: [now, now, now])
            return try Int.fetchOne(
                db,
                sql: """
                    SELECT ifnull(sum(count), 0) FROM lease_counts
                    WHERE state IN ('creating', 'revoking', 'locked')
                    """) ?? 0
        }
    }

    package func due(
        _ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int
    ) async throws(StoreError) -> [Lease] {
        try await readForEnding { db in
            let statement = try db.cachedStatement(sql: LeaseSQL.due)
            let arguments: StatementArguments = [
                database.rawValue, attempt == .again, now.milliseconds, max(limit, 0),
            ]
            return try Row.fetchAll(statement, arguments: arguments).map(LeaseRow.lease)
        }
    }

    package func nextDue(_ database: DatabaseName, _ attempt: Attempt) async throws(StoreError) -> Date? {
        try await readForEnding { db in
            let statement = try db.cachedStatement(sql: LeaseSQL.nextDue)
            return try Int64.fetchOne(statement, arguments: [database.rawValue, attempt == .again]).map(
                Date.init(milliseconds:))
        }
    }

    package func liveLeases(_ database: DatabaseName) async throws(StoreError) -> [LeaseID: Lease.State] {
        try await read { db in
            let rows = try Row.fetchCursor(db, sql: LeaseSQL.live, arguments: [database.rawValue])
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
