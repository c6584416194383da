import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult {
        try await writes.write(.record, durable: false) { db in
            guard let lease = admission.lease else {
                try Self.record(admission.request, nil, admission.events, db)
                return .admitted
            }
            // A repeat is answered before the quota is looked at: its own lease may have filled it.
            if let repeated = try Self.repeated(admission, db) { return repeated }
            if let limits = admission.limits, let refusal = try Self.refusal(limits.quota, lease, db) {
                if let events = admission.overQuota(refusal) {
                    try Self.record(admission.request.denied(), nil, events, db)
                }
                return .overQuota(refusal)
            }
            try Self.record(admission.request, lease, admission.events, db)
            if let key = admission.idempotencyKey { try Self.remember(key, admission.request, db) }
            return .admitted
        }
    }

    private static func record(
        _ request: AccessRequest, _ lease: Lease?, _ events: [AuditEvent], _ db: Database
    ) throws {
        try RequestRow.insert(request, db)
        if let lease { try LeaseRow.insert(lease, db) }
        try AuditLog.append(events, db)
    }

    private static func refusal(_ quota: Quota, _ lease: Lease, _ db: Database) throws -> Refusal? {
        let ofPerson = try db.cachedStatement(sql: LeaseSQL.countOfPerson)
        let inAll = try db.cachedStatement(sql: LeaseSQL.countInAll)
        return quota.refusal(
            profile: lease.profile,
            ofPerson: try Int.fetchOne(ofPerson, arguments: [lease.profile.rawValue, lease.requester.uid])
                ?? 0,
            inAll: try Int.fetchOne(inAll, arguments: [lease.profile.rawValue]) ?? 0)
    }

    private static func repeated(_ admission: Admission, _ db: Database) throws -> AdmissionResult? {
        guard let key = admission.idempotencyKey else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT request, used_at FROM idempotency WHERE uid = ? AND key = ?")
        guard let row = try Row.fetchOne(statement, arguments: [admission.request.requester.uid, key]),
            admission.request.createdAt.milliseconds - row[1] < Int64(Admission.idempotencyWindow) * 1000
        else { return nil }
        guard let id = RequestID(rawValue: row[0]), let first = try RequestRow.fetch(id, db),
            let leaseID = first.leaseID, let lease = try LeaseRow.fetch(leaseID, db)
        else { throw StoreError.corrupt("an idempotency key names a request that is not there") }
        guard first.asksTheSame(as: admission.request) else { throw StoreError.idempotencyConflict }
        // Nobody had its password: the repeat is a new request, and the key is its.
        guard lease.state != .failed else { return nil }
        return .repeated(first, lease)
    }

    private static func remember(_ key: String, _ request: AccessRequest, _ db: Database) throws {
        let now = request.createdAt
        let forget = try db.cachedStatement(sql: "DELETE FROM idempotency WHERE used_at <= ?")
        try forget.execute(
            arguments: [now.addingTimeInterval(-Admission.idempotencyWindow).milliseconds])
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO idempotency (uid, key, request, used_at) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET request = excluded.request, used_at = excluded.used_at
                """)
        try insert.execute(arguments: [request.requester.uid, key, request.id.rawValue, now.milliseconds])
    }
}
