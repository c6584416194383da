package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult {
        try await writes.write(.record, durable: false) { db in
            guard let lease = admission.lease else { return try Self.admitWithoutLease(admission, db) }
            // Before a repeat, too: its reply would be a fresh password.
            if let refusal = try Self.stopped(admission, at: lease.createdAt, db) {
                return try Self.refuse(admission, refusal, db)
            }
            // A repeat is answered before the quota is looked at: its own lease may have filled it.
            if let repeated = try Self.repeated(admission, db) { return repeated }
            var redeemed: AccessRequest?
            switch try Self.redeemed(admission, lease, db) {
            case .success(let request): redeemed = request
            case .failure(let no): return .notRedeemed(no.refusal)
            }
            if let refusal = try Self.suspended(admission, at: lease.createdAt, db)
                ?? Self.limit(admission, at: lease.createdAt, db)
            {
                return try Self.refuse(admission, refusal, db)
            }
            if let redeemed {
                try RequestRow.update(redeemed, db)
                try LeaseRow.insert(lease, db)
                try AuditLog.append(admission.events, db)
            } else {
                try Self.record(admission.request, lease, admission.events, db)
            }
            if let key = admission.scopedKey {
                try Self.remember(key, admission.request, at: lease.createdAt, db)
            }
            return .admitted
        }
    }

    /// Denied, or waiting for people.
    private static func admitWithoutLease(_ admission: Admission, _ db: Database) throws -> AdmissionResult {
        let request = admission.request
        if !request.state.isFinal {
            if let repeated = try repeated(admission, db) { return repeated }
            let names = try Recorded(admission.identities, db).names
            let waiting = try names.reduce(0) { count, name in
                try count + (rows(RequestSQL.waitingOfPerson, [name.person], name, db).first?[0] ?? 0)
            }
            if let refusal = try stopped(admission, at: request.createdAt, db)
                ?? AccessRequest.refusal(waiting: waiting) ?? extended(request, names, db)
                ?? limit(admission, at: request.createdAt, db)
            {
                return try refuse(admission, refusal, db)
            }
        }
        try record(request, nil, admission.events, db)
        if let use = admission.uses { try ApprovalRow.use(use, db) }
        if !request.state.isFinal, let key = admission.scopedKey {
            try remember(key, request, at: request.createdAt, db)
        }
        return .admitted
    }

    private static func extended(
        _ request: AccessRequest, _ names: [Recorded.Name], _ db: Database
    ) throws -> Refusal? {
        guard let lease = request.course?.extends?.lease else { return nil }
        for name in names {
            let row = try rows(RequestSQL.extending, [name.person, lease.rawValue], name, db).first
            if let other = try Column.optional(row?[0] as String?, RequestID.init) {
                return AccessRequest.refusal(extendedBy: other)
            }
        }
        return nil
    }

    /// Looked at where nobody else writes: what is admitted was admitted before the lockdown.
    private static func stopped(_ admission: Admission, at now: Date, _ db: Database) throws -> Refusal? {
        admission.stopped(by: try LockdownRow.inForce(db), now: now)
    }

    private static func suspended(_ admission: Admission, at now: Date, _ db: Database) throws -> Refusal? {
        guard let terms = admission.review else { return nil }
        var history = History()
        history.note(try ReviewRow.open(of: admission.identities, db), now: now)
        return terms.suspension(history)
    }

    /// An approval stays as it is: it may be redeemed when there is a place again.
    private static func refuse(
        _ admission: Admission, _ refusal: Refusal, _ db: Database
    ) throws -> AdmissionResult {
        if let events = admission.overQuota(refusal) {
            if admission.redeemer == nil {
                try record(admission.request.denied(), nil, events, db)
            } else {
                try AuditLog.append(events, db)
            }
        }
        return .overQuota(refusal)
    }

    /// The request on record as it is once it is redeemed; nil for a new request.
    private static func redeemed(
        _ admission: Admission, _ lease: Lease, _ db: Database
    ) throws -> Result<AccessRequest?, NotRedeemed> {
        guard let redeemer = admission.redeemer else { return .success(nil) }
        guard var request = try RequestRow.fetch(admission.request.id, db) else {
            throw StoreError.corrupt("the request to redeem is not there")
        }
        switch request.redeem(lease.id, by: redeemer, now: lease.createdAt) {
        case .refused(let refusal): return .failure(NotRedeemed(refusal: refusal))
        case .redeemed: return .success(request)
        }
    }

    private struct NotRedeemed: Error {
        let refusal: AccessRequest.RedemptionRefusal
    }

    private static func record(
        _ request: AccessRequest, _ lease: Lease?, _ events: [AuditEvent], _ db: Database
    ) throws {
        try RequestRow.insert(request, db)
        if let lease { try LeaseRow.insert(lease, db) }
        try AuditLog.append(events, db)
    }

    /// Looked at here, where nobody else writes: two that race for one place come one after the other.
    private static func limit(_ admission: Admission, at now: Date, _ db: Database) throws -> Refusal? {
        guard var limits = admission.limits else { return nil }
        if admission.redeemer != nil { limits = limits.ofRedemption }
        let known = try history(limits.history(of: admission.identities, at: now), db)
        return limits.refusal(known, now: now, lease: admission.lease != nil)
    }

    private static func repeated(_ admission: Admission, _ db: Database) throws -> AdmissionResult? {
        guard let key = admission.scopedKey,
            let first = try keyed(
                key, of: admission.request.requester.uid,
                now: admission.lease?.createdAt ?? admission.request.createdAt, db)
        else { return nil }
        // The key that it was asked for with is good for redeeming it, too.
        if admission.redeemer != nil, first.id == admission.request.id, first.leaseID == nil { return nil }
        guard first.asksTheSame(as: admission.request) else { throw StoreError.idempotencyConflict }
        // Nobody had its password: the repeat is a new request, and the key is its.
        guard let leaseID = first.leaseID else { return .waiting(first) }
        guard let lease = try LeaseRow.fetch(leaseID, db) else {
            throw StoreError.corrupt("a request names a lease that is not there")
        }
        guard lease.state != .failed else { return nil }
        return .repeated(first, lease)
    }

    package func request(keyed key: String, of uid: UInt32, now: Date) async throws(StoreError)
        -> AccessRequest?
    {
        try await read { db in try Self.keyed(key, of: uid, now: now, db) }
    }

    private static func keyed(
        _ key: String, of uid: UInt32, now: Date, _ db: Database
    ) throws -> AccessRequest? {
        let statement = try db.cachedStatement(
            sql: "SELECT request, used_at FROM idempotency WHERE uid = ? AND key = ?")
        guard let row = try Row.fetchOne(statement, arguments: [uid, key]),
            now.milliseconds - row[1] < Int64(Admission.idempotencyWindow) * 1000
        else { return nil }
        guard let id = RequestID(rawValue: row[0]), let first = try RequestRow.fetch(id, db) else {
            throw StoreError.corrupt("an idempotency key names a request that is not there")
        }
        return first
    }

    private static func remember(_ key: String, _ request: AccessRequest, at now: Date, _ db: Database) throws
    {
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
