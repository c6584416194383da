import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func indexAudit(limit: Int) async throws(StoreError) -> Bool {
        let isDue = try await read { db in try AuditText.indexed(db) < AuditLog.head(db).sequence }
        // What only helps to find records leaves the disk's last space to records.
        guard isDue, DiskReserve.freeSpace(beside: pool.path) >= indexingMark else { return false }
        // Made anew from the records, if a crash of the host takes it.
        return try await writes.write(.record, durable: false) { db in
            try AuditText.index(limit: limit, db)
        }
    }

    /// By words: through the index as far as that goes, and by reading what is behind it.
    static func search(_ query: AuditQuery, match: String, _ db: Database) throws -> [AuditRecord] {
        if query.concerning != nil { return try searchOwn(query, db) }
        let indexed = try AuditText.indexed(db)
        let limit = max(query.limit, 0)
        func behind(_ limit: Int) throws -> [AuditRecord] {
            var rest = query
            rest.after = max(query.after ?? 0, indexed)
            return try found(rest, terms(rest, sequence: "a.sequence"), "audit AS a", limit, db)
        }
        func within(_ limit: Int) throws -> [AuditRecord] {
            var terms = Self.terms(query, sequence: "t.rowid")
            terms.add("t.audit_text MATCH ?", [match])
            // Outer: its rows come in the order of their numbers, and only as many are read as are asked for.
            return try found(
                query, terms, "audit_text AS t CROSS JOIN audit AS a ON a.sequence = t.rowid", limit, db)
        }
        if query.newest {
            let newest = try behind(limit)
            return try within(limit - newest.count) + newest
        }
        let oldest = try within(limit)
        return try oldest + behind(limit - oldest.count)
    }

    /// Somebody's own records by words: those are few, and the index is of everybody's.
    private static func searchOwn(_ query: AuditQuery, _ db: Database) throws -> [AuditRecord] {
        let (sql, arguments) = select(query, isLimited: false)
        return try matching(query, try Row.fetchCursor(db, sql: sql, arguments: arguments), query.limit)
    }

    private static func terms(_ query: AuditQuery, sequence: String) -> Conditions {
        var conditions = Conditions()
        conditions.add("\(sequence) > ?", query.after)
        conditions.add("\(sequence) < ?", query.before)
        conditions.add("a.lease = ?", query.lease?.rawValue)
        conditions.add("a.actor_uid = ?", query.actorUID)
        conditions.add("a.action = ?", query.action?.rawValue)
        conditions.add("a.at >= ?", query.since?.milliseconds)
        conditions.add("a.at < ?", query.until?.milliseconds)
        return conditions
    }

    /// Oldest first, whichever end they are of.
    private static func found(
        _ query: AuditQuery, _ conditions: Conditions, _ tables: String, _ limit: Int, _ db: Database
    ) throws -> [AuditRecord] {
        guard limit > 0 else { return [] }
        let order = tables.hasPrefix("audit_text") ? "t.rowid" : "a.sequence"
        let sql = """
            SELECT a.sequence, a.body, a.hash FROM \(tables) \(conditions.clause)
            ORDER BY \(order) \(query.newest ? "DESC" : "ASC")
            """
        return try matching(
            query, try Row.fetchCursor(db, sql: sql, arguments: conditions.arguments), limit)
    }

    private static func matching(
        _ query: AuditQuery, _ rows: RowCursor, _ limit: Int
    ) throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        while records.count < limit, let row = try rows.next() {
            let record = try AuditLog.record(row)
            // The index knows words: `orders` is one of `orders-read`, and no answer to a question for it.
            if query.matchesWords(record.event) { records.append(record) }
        }
        return query.newest ? records.reversed() : records
    }
}
