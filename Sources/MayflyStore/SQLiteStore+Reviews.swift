package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func move<Outcome: Sendable>(
        _ id: ReviewID, _ move: @escaping @Sendable (inout Review) -> RequestMove<Outcome>
    ) async throws(StoreError) -> ReviewMoved<Outcome>? {
        try await writes.write(.record, durable: true) { db in
            guard let before = try ReviewRow.fetch(id, db) else { return nil }
            var review = before
            let moved = move(&review)
            if review != before { try ReviewRow.update(review, db) }
            try AuditLog.append(moved.events, db)
            return ReviewMoved(review, moved.outcome)
        }
    }

    package func reviews(_ query: ReviewQuery) async throws(StoreError) -> [Review] {
        guard let select = Self.select(query) else { return [] }
        return try await read { db in
            try Row.fetchAll(db, sql: select.sql, arguments: select.arguments).map(ReviewRow.review)
        }
    }

    /// - Returns: nil when nothing can match.
    static func select(_ query: ReviewQuery) -> (sql: String, arguments: StatementArguments)? {
        var conditions = Conditions()
        if let leases = query.leases { conditions.add("lease", among: leases.map(\.rawValue)) }
        conditions.add("person = ?", query.person?.rawValue)
        conditions.add("number < (SELECT number FROM reviews WHERE id = ?)", query.before?.rawValue)
        if let prefix = query.idPrefix {
            guard prefix.utf8.count >= 4 else { return nil }
            let range = [prefix, prefix + "\u{10FFFF}"]
            conditions.add(
                """
                (id >= ? AND id < ? OR lease >= ? AND lease < ? OR request >= ? AND request < ?)
                """, range + range + range)
        }
        if let isDone = query.isDone {
            conditions.add(isDone ? "nag_at IS NULL" : "nag_at IS NOT NULL")
        }
        let sql = """
            SELECT \(ReviewRow.columns) FROM reviews \(conditions.clause)
            ORDER BY number DESC LIMIT \(max(query.limit, 0))
            """
        return (sql, conditions.arguments)
    }

    package func dueReviews(now: Date, limit: Int) async throws(StoreError) -> [Review] {
        try await read { db in
            let statement = try db.cachedStatement(sql: ReviewRow.due)
            return try Row.fetchAll(statement, arguments: [now.milliseconds, max(limit, 0)])
                .map(ReviewRow.review)
        }
    }
}
