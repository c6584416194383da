package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    /// Records that are read within a checkpoint's commit.
    private static let mostSince = 1000

    package func addCheckpoint(
        recording events: [AuditEvent], pruningUpTo last: Int64?, since examined: Int64?,
        _ make: @escaping @Sendable (CheckpointGround) throws -> SignedCheckpoint?
    ) async throws(StoreError) -> SignedCheckpoint? {
        try await writes.write(.record, durable: true) { db in
            try AuditLog.append(events, db)
            if let last { try AuditLog.prune(upTo: last, db) }
            let head = try AuditLog.head(db)
            let since = try examined.map {
                try AuditLog.trail(after: $0, limit: Self.mostSince, isThorough: false, db)
            }
            let ground = CheckpointGround(
                sequence: head.sequence, hash: head.hash, pruned: try AuditLog.pruned(db),
                last: try CheckpointRow.last(db), since: since ?? [])
            guard let made = try make(ground) else {
                if last != nil { throw StoreError.other("what is removed needs a checkpoint") }
                return nil
            }
            try db.execute(
                sql: "INSERT INTO audit_checkpoints VALUES (?, ?, ?, ?)",
                arguments: [
                    made.checkpoint.number, made.checkpoint.sequence, Data(made.checkpoint.bytes),
                    Data(made.signature),
                ])
            return made
        }
    }

    package func checkpoints(_ query: CheckpointQuery) async throws(StoreError) -> [SignedCheckpoint] {
        let order = query.newest ? "DESC" : "ASC"
        let sql = """
            SELECT number, body, signature FROM audit_checkpoints WHERE number > ? ORDER BY number \(order) LIMIT ?
            """
        return try await read { db in
            let rows = try Row.fetchAll(db, sql: sql, arguments: [query.after, max(query.limit, 0)])
            return try (query.newest ? rows.reversed() : rows).map(CheckpointRow.checkpoint)
        }
    }

    package func checkpointTrail(after: Int64, limit: Int) async throws(StoreError) -> [CheckpointEntry] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, body, signature, sequence FROM audit_checkpoints WHERE number > ? ORDER BY number LIMIT ?
                    """, arguments: [after, max(limit, 0)])
            return rows.map { row in
                CheckpointEntry(
                    number: row[0], sequence: row[3], body: [UInt8](row[1] as Data),
                    // What is wrong with it is for whoever looks at it to say.
                    signed: try? CheckpointRow.checkpoint(row))
            }
        }
    }

    package func prunable(before moment: Date, limit: Int) async throws(StoreError) -> Int64? {
        try await read { db in
            let begin = try AuditLog.pruned(db)?.sequence ?? 0
            let covered = try CheckpointRow.last(db)?.checkpoint.sequence ?? 0
            let taken = try Int64.fetchOne(db, sql: "SELECT min(sequence) FROM cursors") ?? .max
            let most = min(begin + Int64(max(limit, 0)), covered, taken)
            let young = try Int64.fetchOne(
                db, sql: "SELECT min(sequence) FROM audit WHERE sequence > ? AND sequence <= ? AND at >= ?",
                arguments: [begin, most, moment.milliseconds])
            let last = young.map { $0 - 1 } ?? most
            return last > begin ? last : nil
        }
    }

    package func pruned() async throws(StoreError) -> AuditCheckpoint.Pruned? {
        try await read { db in try AuditLog.pruned(db) }
    }

    /// As `audit`: what was told stays true.
    package func trail(
        after: Int64, limit: Int, isThorough: Bool
    ) async throws(StoreError) -> [TrailEntry] {
        let entries = try await read { db in
            try AuditLog.trail(after: after, limit: limit, isThorough: isThorough, db)
        }
        guard let last = entries.last, last.sequence > writes.syncedSequence else { return entries }
        do { try await checkWritable() } catch {
            return entries.filter { $0.sequence <= writes.syncedSequence }
        }
        return entries
    }
}
