package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func follow(
        _ sessions: [Session], leavingOut: [SessionsLeftOut]
    ) async throws(StoreError) -> [Session] {
        try await writes.write(.record, durable: false) { db in
            for one in leavingOut {
                let statement = try db.cachedStatement(
                    sql: """
                        INSERT INTO sessions_left_out VALUES (?, ?, ?, ?) ON CONFLICT (lease) DO UPDATE SET
                            count = count + excluded.count, last_at = max(last_at, excluded.last_at)
                        """)
                try statement.execute(
                    arguments: [
                        one.lease.id.rawValue, one.count, one.firstAt.milliseconds, one.lastAt.milliseconds,
                    ])
                try AuditLog.append([.leftOut(one)], db)
            }
            return try sessions.map { session in try Self.follow(session, db) }
        }
    }

    static func follow(_ session: Session, _ db: Database) throws -> Session {
        if let known = try SessionRow.fetch(session.id, db) {
            guard known.isOpen, session.ending != nil else { return known }
            try SessionRow.end(session, db)
            try AuditLog.append([.following(session)], db)
            return try SessionRow.fetch(session.id, db) ?? session
        }
        if let same = try SessionRow.same(as: session, db) { return same }
        var new = session
        new.novelties = try SessionRow.novelties(of: session, db)
        var begun = new
        begun.ending = nil
        try SessionRow.insert(new, db)
        // One that nobody saw live is on record with both.
        try AuditLog.append(
            new.isOpen ? [.following(new)] : [.following(begun), .following(new)], db)
        return new
    }

    package func sessions(_ query: SessionQuery) async throws(StoreError) -> [Session] {
        var conditions = Conditions()
        conditions.add("id = ?", query.id?.rawValue)
        if let prefix = query.idPrefix {
            guard prefix.utf8.count >= 4 else { return [] }
            conditions.add("id >= ? AND id < ?", [prefix, prefix + "\u{10FFFF}"])
        }
        conditions.add("lease = ?", query.lease?.rawValue)
        if let leases = query.leases { conditions.add("lease", among: leases.map(\.rawValue)) }
        conditions.add("database = ?", query.database?.rawValue)
        conditions.add("user = ?", query.user)
        conditions.add("uid = ?", query.uid)
        conditions.add("identity = ?", query.key)
        if let isOpen = query.isOpen { conditions.add("ended_at IS \(isOpen ? "" : "NOT ")NULL") }
        conditions.add("number < (SELECT number FROM sessions WHERE id = ?)", query.before?.rawValue)
        let (clause, arguments) = (conditions.clause, conditions.arguments)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(SessionRow.columns) FROM sessions \(clause)
                    ORDER BY number DESC LIMIT \(max(query.limit, 0))
                    """, arguments: arguments
            ).map(SessionRow.session)
        }
    }

    package func sessionCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: SessionCount] {
        // One value, however many there are.
        let list = "[\(leases.map { "\"\($0.rawValue)\"" }.joined(separator: ","))]"
        return try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT lease, count(*), 0 FROM sessions WHERE lease IN (SELECT value FROM json_each(?1)) GROUP BY lease
                    UNION ALL
                    SELECT lease, 0, count FROM sessions_left_out WHERE lease IN (SELECT value FROM json_each(?1))
                    """, arguments: [list])
            return rows.reduce(into: [:]) { counts, row in
                guard let lease = LeaseID(rawValue: row[0]) else { return }
                counts[lease, default: SessionCount()].listed += row[1] as Int
                counts[lease, default: SessionCount()].leftOut += row[2] as Int
            }
        }
    }

    package func cover(_ stretch: WatchedStretch, recording events: [AuditEvent]) async throws(StoreError) {
        try await writes.write(.record, durable: false) { db in
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO watched_stretches VALUES (?, ?, ?)
                    ON CONFLICT (database, began_at) DO UPDATE SET until = max(until, excluded.until)
                    """)
            try statement.execute(
                arguments: [
                    stretch.database.rawValue, stretch.from.milliseconds, stretch.until.milliseconds,
                ])
            try AuditLog.append(events, db)
        }
    }

    package func watchedStretches(
        _ database: DatabaseName, after: Date
    ) async throws(StoreError) -> [WatchedStretch] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT began_at, until FROM watched_stretches WHERE database = ? AND until >= ? ORDER BY began_at
                    """, arguments: [database.rawValue, after.milliseconds]
            ).map { Self.stretch(database, $0) }
        }
    }

    package func lastWatchedStretch(_ database: DatabaseName) async throws(StoreError) -> WatchedStretch? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT began_at, until FROM watched_stretches WHERE database = ? ORDER BY began_at DESC LIMIT 1
                    """, arguments: [database.rawValue]
            ).map { Self.stretch(database, $0) }
        }
    }

    private static func stretch(_ database: DatabaseName, _ row: Row) -> WatchedStretch {
        WatchedStretch(
            database: database, from: Date(milliseconds: row[0]), until: Date(milliseconds: row[1]))
    }
}
