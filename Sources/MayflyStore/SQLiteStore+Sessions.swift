import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func follow(_ sessions: [Session]) async throws(StoreError) -> [Session] {
        try await writes.write(.record, durable: false) { db in
            try sessions.map { session in try Self.follow(session, db) }
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

    package func sessionCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: Int] {
        // One value, however many there are.
        let list = "[\(leases.map { "\"\($0.rawValue)\"" }.joined(separator: ","))]"
        return try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT lease, count(*) FROM sessions WHERE lease IN (SELECT value FROM json_each(?)) GROUP BY lease
                    """, arguments: [list])
            return Dictionary(
                rows.compactMap { row in LeaseID(rawValue: row[0]).map { ($0, row[1]) } },
                uniquingKeysWith: { first, _ in first })
        }
    }
}
