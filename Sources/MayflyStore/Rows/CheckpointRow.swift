import Foundation
import GRDB
import MayflyCore

enum CheckpointRow {
    static func last(_ db: Database) throws -> SignedCheckpoint? {
        let statement = try db.cachedStatement(
            sql: "SELECT number, body, signature FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
        return try Row.fetchOne(statement).map(checkpoint)
    }

    /// - Parameter row: number, body, signature.
    static func checkpoint(_ row: Row) throws -> SignedCheckpoint {
        let number: Int64 = row[0]
        guard let checkpoint = AuditCheckpoint(bytes: [UInt8](row[1] as Data)), checkpoint.number == number
        else { throw StoreError.corrupt("checkpoint \(number) cannot be read") }
        return SignedCheckpoint(checkpoint: checkpoint, signature: [UInt8](row[2] as Data))
    }
}
