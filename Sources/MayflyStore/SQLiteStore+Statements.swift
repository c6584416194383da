package import Foundation
import GRDB
package import MayflyCore
import MayflyCrypto

extension SQLiteStore {
    package func record(_ reading: StatementReading, at now: Date) async throws(StoreError) -> Bool {
        try await writes.write(.record, durable: false) { db in
            guard let lease = try LeaseRow.fetch(reading.lease, db) else {
                throw StoreError.other("there is no such lease")
            }
            let known = try StatementRow.fetch(reading.lease, db)
            var summary = known ?? StatementSummary(reading, at: now)
            guard known == nil || summary.take(reading, at: now) else { return false }
            let body = try JSONText.encode(summary)
            let statement = try db.cachedStatement(sql: StatementRow.upsert)
            try statement.execute(arguments: [reading.lease.rawValue, body])
            let hash = try SHA256Digest(hashing: Array(body.utf8)).hex
            try AuditLog.append([.read(summary, of: lease, sha256: hash, at: now)], db)
            return true
        }
    }

    package func statements(of lease: LeaseID) async throws(StoreError) -> StatementSummary? {
        try await read { db in try StatementRow.fetch(lease, db) }
    }

    package func statementCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: Int64] {
        var conditions = Conditions()
        conditions.add("lease", among: leases.map(\.rawValue))
        let (clause, arguments) = (conditions.clause, conditions.arguments)
        return try await read { db in
            let rows = try Row.fetchAll(db, sql: StatementRow.counts + clause, arguments: arguments)
            return Dictionary(
                rows.compactMap { row in
                    guard let lease = LeaseID(rawValue: row[0]), let source: String = row[1],
                        StatementSource(rawValue: source)?.tells == true
                    else { return nil }
                    return (lease, row[2] as Int64)
                }, uniquingKeysWith: { first, _ in first })
        }
    }
}

/// What a lease's sessions have run, as a row of `statement_summaries`.
private enum StatementRow {
    static let upsert = """
        INSERT INTO statement_summaries (lease, body) VALUES (?, ?) ON CONFLICT (lease) DO UPDATE SET body = excluded.body
        """

    /// Counted where they lie: a thousand summaries are much to read. As `StatementSummary` is encoded.
    static let counts = """
        SELECT lease, json_extract(body, '$.source'), (
            SELECT ifnull(sum(json_extract(value, '$.before.calls') + json_extract(value, '$.current.calls')), 0)
            FROM json_each(body, '$.entries'))
        FROM statement_summaries\u{20}
        """

    static func fetch(_ lease: LeaseID, _ db: Database) throws -> StatementSummary? {
        let statement = try db.cachedStatement(sql: "SELECT body FROM statement_summaries WHERE lease = ?")
        return try String.fetchOne(statement, arguments: [lease.rawValue]).map {
            try JSONText.decode(StatementSummary.self, $0)
        }
    }
}
