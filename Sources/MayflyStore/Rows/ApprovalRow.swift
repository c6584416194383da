import GRDB
import MayflyCore

/// A signed approval that was used, as a row of `approvals`.
enum ApprovalRow {
    /// - Throws: `approvalUsed` when it was used before, which undoes the transaction.
    static func use(_ use: ApprovalUse, _ db: Database) throws {
        if let request = try request(use.issuer, use.id, db) { throw StoreError.approvalUsed(request) }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO approvals (issuer, id, request, used_at) VALUES (?, ?, ?, ?)")
        try insert.execute(
            arguments: [use.issuer, use.id, use.request.rawValue, use.at.milliseconds])
    }

    /// What it was used for.
    static func request(_ issuer: String, _ id: String, _ db: Database) throws -> RequestID? {
        let find = try db.cachedStatement(sql: "SELECT request FROM approvals WHERE issuer = ? AND id = ?")
        return try Column.optional(String.fetchOne(find, arguments: [issuer, id]), RequestID.init)
    }
}
