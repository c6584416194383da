import Foundation
import GRDB
import MayflyCore

/// A lockdown as a row of `lockdowns`.
enum LockdownRow {
    static let columns = "id, scope, reason, started_by, since, until, revokes, ending"
    static let inForce = """
        SELECT \(columns) FROM lockdowns INDEXED BY lockdowns_in_force WHERE ending IS NULL ORDER BY number DESC
        """

    static func inForce(_ db: Database) throws -> [Lockdown] {
        try Row.fetchAll(try db.cachedStatement(sql: inForce)).map(lockdown)
    }

    static func fetch(_ id: LockdownID, _ db: Database) throws -> Lockdown? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM lockdowns WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(lockdown)
    }

    static func insert(_ lockdown: Lockdown, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO lockdowns (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [
                lockdown.id.rawValue, try JSONText.encode(lockdown.scope), lockdown.reason.rawValue,
                try JSONText.encode(lockdown.by), lockdown.since.milliseconds, lockdown.until?.milliseconds,
                lockdown.revokes, try lockdown.ending.map(JSONText.encode),
            ])
    }

    /// Writes what can change.
    static func update(_ lockdown: Lockdown, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "UPDATE lockdowns SET ending = ? WHERE id = ?")
        try statement.execute(
            arguments: [try lockdown.ending.map(JSONText.encode), lockdown.id.rawValue])
    }

    static func lockdown(_ row: Row) throws -> Lockdown {
        let id: String = row[0]
        guard let id = LockdownID(rawValue: id), let reason = Reason(rawValue: row[2]) else {
            throw StoreError.corrupt("the lockdown \(id.quoted()) cannot be read")
        }
        return Lockdown(
            id: id, scope: try JSONText.decode(Lockdown.Scope.self, row[1]), reason: reason,
            by: try JSONText.decode(Lease.Requester.self, row[3]), since: Date(milliseconds: row[4]),
            until: (row[5] as Int64?).map(Date.init(milliseconds:)), revokes: row[6],
            ending: try (row[7] as String?).map { try JSONText.decode(Lockdown.Ending.self, $0) })
    }
}
