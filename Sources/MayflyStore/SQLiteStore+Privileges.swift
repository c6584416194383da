package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func record(_ reading: PrivilegeReading, audit: AuditEvent) async throws(StoreError) -> Bool {
        try await writes.write(.record, durable: false) { db in
            let groups = try JSONText.encode(reading.groups)
            let last = try Row.fetchOne(
                db.cachedStatement(sql: PrivilegeSQL.last), arguments: [reading.database.rawValue, groups])
            if let last, last[1] == reading.hash {
                let statement = try db.cachedStatement(sql: PrivilegeSQL.confirm)
                try statement.execute(arguments: [reading.confirmedAt.milliseconds, last[0] as Int64])
                return false
            }
            try db.execute(
                sql: "INSERT INTO privilege_snapshots (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [reading.hash, try JSONText.encode(reading.privileges)])
            try db.execute(
                sql: """
                    INSERT INTO privilege_readings (database, groups, hash, read_at, confirmed_at)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    reading.database.rawValue, groups, reading.hash, reading.readAt.milliseconds,
                    reading.confirmedAt.milliseconds,
                ])
            try AuditLog.append([audit], db)
            return true
        }
    }

    package func privilegeReadings(
        _ database: DatabaseName, groups: [String], from: Date, to: Date
    ) async throws(StoreError) -> [PrivilegeReading] {
        try await read { db in
            let groups = groups.sorted()
            let key = [database.rawValue, try JSONText.encode(groups)]
            let rows = try Row.fetchAll(
                db, sql: PrivilegeSQL.between,
                arguments: StatementArguments(key) + [to.milliseconds] + StatementArguments(key)
                    + [from.milliseconds])
            return try rows.map { row in
                PrivilegeReading(
                    database: database, groups: groups,
                    privileges: try JSONText.decode(EffectivePrivileges.self, row[0]), hash: row[1],
                    readAt: Date(milliseconds: row[2]), confirmedAt: Date(milliseconds: row[3]))
            }
        }
    }

    package func liveGroups(_ database: DatabaseName) async throws(StoreError) -> Set<[String]> {
        try await read { db in
            let rows = try Row.fetchAll(db, sql: PrivilegeSQL.live, arguments: [database.rawValue])
            return Set(
                try rows.map { row in
                    let narrowed: String? = row[1]
                    return try narrowed.map { [$0] } ?? JSONText.decode([String].self, row[0]).sorted()
                })
        }
    }
}

/// What is asked again and again; like `LeaseSQL`.
enum PrivilegeSQL {
    static let last = """
        SELECT number, hash FROM privilege_readings WHERE database = ? AND groups = ? ORDER BY number DESC LIMIT 1
        """
    static let confirm =
        "UPDATE privilege_readings SET confirmed_at = max(confirmed_at, ?) WHERE number = ?"
    /// Those of a time, and the one in force when it began.
    static let between = """
        SELECT s.body, r.hash, r.read_at, r.confirmed_at FROM privilege_readings r JOIN privilege_snapshots s USING (hash)
        WHERE r.database = ? AND r.groups = ? AND r.read_at <= ? AND r.number >= ifnull(
            (SELECT max(number) FROM privilege_readings WHERE database = ? AND groups = ? AND read_at <= ?), 0)
        ORDER BY r.number LIMIT 100
        """
    static let live = """
        SELECT DISTINCT groups, narrowed_group FROM leases INDEXED BY leases_live
        WHERE due_at IS NOT NULL AND database = ? AND state = 'active'
        """
}
