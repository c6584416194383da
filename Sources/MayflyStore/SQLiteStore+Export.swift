package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    /// Numbers that are looked at in one read: a longer one would keep the write-ahead log from being reused.
    private static let exportStep: Int64 = 10_000

    package func lastDurable() async throws(StoreError) -> Int64 { writes.syncedSequence }

    package func export(
        after: Int64, _ actions: Set<AuditEvent.Action>, limit: Int
    ) async throws(StoreError) -> AuditExport {
        // Read before the snapshot is taken, which then holds at least these.
        let last = min(writes.syncedSequence, after.addingReportingOverflow(Self.exportStep).partialValue)
        guard last > after, limit > 0 else { return AuditExport(records: [], upTo: after) }
        guard !actions.isEmpty else { return AuditExport(records: [], upTo: last) }
        // By their numbers: an index on actions would be read from its beginning.
        let sql = """
            SELECT sequence, body, hash FROM audit NOT INDEXED
            WHERE sequence > ? AND sequence <= ? AND action IN (\(databaseQuestionMarks(count: actions.count)))
            ORDER BY sequence LIMIT ?
            """
        let names = actions.map(\.rawValue).sorted()
        return try await read { db in
            let statement = try db.cachedStatement(sql: sql)
            let arguments = StatementArguments([after, last]) + StatementArguments(names) + [limit]
            let records = try Row.fetchAll(statement, arguments: arguments).map(AuditLog.record)
            return AuditExport(
                records: records, upTo: records.count == limit ? records.last?.sequence ?? last : last)
        }
    }

    package func cursors() async throws(StoreError) -> [Exporter: Int64] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT exporter, sequence FROM cursors").reduce(into: [:]) {
                all, row in
                all[Exporter(rawValue: row[0])] = row[1]
            }
        }
    }

    package func beginCursor(_ exporter: Exporter) async throws(StoreError) -> Int64 {
        try await writes.write(.record, durable: true) { db in
            try db.execute(
                sql:
                    "INSERT INTO cursors SELECT ?, sequence FROM audit_head WHERE true ON CONFLICT DO NOTHING",
                arguments: [exporter.rawValue])
            return try Int64.fetchOne(
                db, sql: "SELECT sequence FROM cursors WHERE exporter = ?", arguments: [exporter.rawValue])
                ?? 0
        }
    }

    package func moveCursor(_ exporter: Exporter, to sequence: Int64) async throws(StoreError) {
        try await writes.write(.record, durable: false) { db in
            let statement = try db.cachedStatement(
                sql: "UPDATE cursors SET sequence = ? WHERE exporter = ? AND sequence < ?")
            try statement.execute(arguments: [sequence, exporter.rawValue, sequence])
        }
    }

    package func changeCursors(
        beginning new: [Exporter], ending old: [Exporter],
        recording record:
            @escaping @Sendable (_ begun: [Exporter: Int64], _ ended: [Exporter: Int64]) -> [AuditEvent]
    ) async throws(StoreError) {
        let known = try await cursors()
        guard new.contains(where: { known[$0] == nil }) || old.contains(where: { known[$0] != nil }) else {
            return
        }
        try await writes.write(.record, durable: true) { db in
            let head = try AuditLog.head(db).sequence
            var (begun, ended): ([Exporter: Int64], [Exporter: Int64]) = ([:], [:])
            for exporter in new {
                try db.execute(
                    sql: "INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO NOTHING",
                    arguments: [exporter.rawValue, head])
                if db.changesCount > 0 { begun[exporter] = head }
            }
            for exporter in old {
                ended[exporter] = try Int64.fetchOne(
                    db, sql: "DELETE FROM cursors WHERE exporter = ? RETURNING sequence",
                    arguments: [exporter.rawValue])
            }
            try AuditLog.append(record(begun, ended), db)
        }
    }

    package func endCursor(_ exporter: Exporter) async throws(StoreError) {
        try await writes.write(.record, durable: true) { db in
            try db.execute(sql: "DELETE FROM cursors WHERE exporter = ?", arguments: [exporter.rawValue])
        }
    }

    package func warnExpiring(
        now: Date, before: TimeInterval, limit: Int
    ) async throws(StoreError) -> [Lease] {
        // Asked every second: nothing is written where nothing is to be said.
        guard try await !read({ db in try Self.expiring(now, before, limit: 1, db) }).isEmpty else {
            return []
        }
        return try await writes.write(.record, durable: true) { db in
            let leases = try Self.expiring(now, before, limit: limit, db)
            let warned = try db.cachedStatement(sql: "UPDATE leases SET warned_of = expires_at WHERE id = ?")
            for lease in leases { try warned.execute(arguments: [lease.id.rawValue]) }
            try AuditLog.append(leases.map { .expiring($0, at: now) }, db)
            return leases
        }
    }

    private static func expiring(
        _ now: Date, _ before: TimeInterval, limit: Int, _ db: Database
    ) throws -> [Lease] {
        let statement = try db.cachedStatement(sql: LeaseSQL.expiring)
        let before = Int64((before * 1000).rounded())
        let (now, soon) = (now.milliseconds, now.milliseconds + before)
        return try Row.fetchAll(statement, arguments: [now, soon, before, max(limit, 0)]).map(LeaseRow.lease)
    }
}
