import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func signOff(_ signOff: SignOff, audit: AuditEvent) async throws(StoreError) {
        try await writes.write(.record, durable: true) { db in
            try SignOffRow.insert(signOff, db)
            try AuditLog.append([audit], db)
        }
    }

    package func signOffs(_ query: SignOffQuery) async throws(StoreError) -> [SignOff] {
        guard let select = Self.select(query) else { return [] }
        return try await read { db in
            try Row.fetchAll(db, sql: select.sql, arguments: select.arguments).map(SignOffRow.signOff)
        }
    }

    /// - Returns: nil when nothing can match.
    static func select(_ query: SignOffQuery) -> (sql: String, arguments: StatementArguments)? {
        var conditions = Conditions()
        conditions.add("database = ?", query.database?.rawValue)
        if let prefix = query.idPrefix {
            guard prefix.utf8.count >= 4 else { return nil }
            conditions.add("id >= ? AND id < ?", [prefix, prefix + "\u{10FFFF}"])
        }
        let sql = """
            SELECT \(SignOffRow.columns), \(query.withPacks ? "pack" : "''") FROM sign_offs \(conditions.clause)
            ORDER BY number DESC LIMIT \(max(query.limit, 0))
            """
        return (sql, conditions.arguments)
    }
}
