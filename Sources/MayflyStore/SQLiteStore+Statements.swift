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
}

/// What a lease's sessions have run, as a row of `statement_summaries`.
private enum StatementRow {
    static let upsert = """
        INSERT INTO statement_summaries (lease, body) VALUES (?, ?) ON CONFLICT (lease) DO UPDATE SET body = excluded.body
        """

    static func fetch(_ lease: LeaseID, _ db: Database) throws -> StatementSummary? {
        let statement = try db.cachedStatement(sql: "SELECT body FROM statement_summaries WHERE lease = ?")
        return try String.fetchOne(statement, arguments: [lease.rawValue]).map {
            try JSONText.decode(StatementSummary.self, $0)
        }
    }
}
