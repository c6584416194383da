import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    /// Records in one read of a walk: a longer one would keep the write-ahead log from being reused.
    private static let walkStep = 5000

    package func record(_ events: [AuditEvent]) async throws(StoreError) {
        let purpose: WritePurpose = events.contains(where: \.action.endsAccess) ? .ending : .record
        try await writes.write(purpose, durable: true) { db in try AuditLog.append(events, db) }
    }

    /// What a reader was told stays true: a record that a crash of the host might still take is synced first, and
    /// kept back where that fails.
    package func audit(_ query: AuditQuery) async throws(StoreError) -> [AuditRecord] {
        let (sql, arguments) = Self.select(query)
        let match = AuditText.match(query)
        let records: [AuditRecord]
        if let match {
            records = try await (query.concerning == nil ? searches : ownSearches).read(of: query.concerning)
            { db in try Self.search(query, match: match, db) }
        } else {
            records = try await read { db in
                let rows = try Row.fetchAll(db, sql: sql, arguments: arguments)
                return try (query.newest ? rows.reversed() : rows).map(AuditLog.record)
            }
        }
        guard let last = records.last, last.sequence > writes.syncedSequence else { return records }
        do { try await checkWritable() } catch {
            return records.filter { $0.sequence <= writes.syncedSequence }
        }
        return records
    }

    package func firstBrokenAuditRecord() async throws(StoreError) -> Int64? {
        let pruned = try await pruned()
        var (sequence, hash): (Int64, String) = (pruned?.sequence ?? 0, pruned?.hash ?? AuditEncoding.genesis)
        while true {
            let (after, previous) = (sequence, hash)
            let walk = try await read { db in
                try AuditLog.walk(after: after, hash: previous, limit: Self.walkStep, db)
            }
            switch walk {
            case .more(let after, let previous): (sequence, hash) = (after, previous)
            case .whole: return nil
            case .broken(let sequence): return sequence
            }
        }
    }

    /// - Parameter isLimited: whether it ends after as many as are asked for.
    static func select(
        _ query: AuditQuery, isLimited: Bool = true
    ) -> (sql: String, arguments: StatementArguments) {
        var conditions = Conditions()
        // A person's records are found through `audit_concerns`, which holds who did and who was concerned.
        let uids = Set([query.concerning, query.actorUID].compactMap { $0 })
        var tables = "audit AS a"
        for (index, uid) in uids.sorted().enumerated() {
            let name = "c\(index)"
            tables = index == 0 ? "audit_concerns AS \(name) CROSS JOIN audit AS a" : tables
            if index == 0 {
                conditions.add("\(name).uid = ? AND a.sequence = \(name).sequence", [uid])
                conditions.add("\(name).sequence > ?", query.after)
            } else {
                conditions.add(
                    "EXISTS (SELECT 1 FROM audit_concerns WHERE uid = ? AND sequence = a.sequence)", [uid])
            }
        }
        let sequence = uids.isEmpty ? "a.sequence" : "c0.sequence"
        if uids.isEmpty { conditions.add("a.sequence > ?", query.after) }
        conditions.add("\(sequence) < ?", query.before)
        conditions.add("a.lease = ?", query.lease?.rawValue)
        conditions.add("a.actor_uid = ?", query.actorUID)
        conditions.add("a.action = ?", query.action?.rawValue)
        if !query.leavingOut.isEmpty {
            let names = query.leavingOut.map(\.rawValue).sorted()
            conditions.add("a.action NOT IN (\(Conditions.marks(names)))", names)
        }
        conditions.add("a.at >= ?", query.since?.milliseconds)
        conditions.add("a.at < ?", query.until?.milliseconds)
        let sql = """
            SELECT a.sequence, a.body, a.hash FROM \(tables) \(conditions.clause)
            ORDER BY \(sequence) \(query.newest ? "DESC" : "ASC") LIMIT \(isLimited ? max(query.limit, 0) : -1)
            """
        return (sql, conditions.arguments)
    }
}
