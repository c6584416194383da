package import Foundation
import GRDB
package import MayflyCore
import MayflyCrypto

extension SQLiteStore {
    package func serverLogCursors(_ database: DatabaseName) async throws(StoreError) -> [LogCursor] {
        try await read { db in
            try String.fetchOne(
                db, sql: "SELECT cursors FROM server_logs WHERE database = ?", arguments: [database.rawValue]
            ).map { try JSONText.decode([LogCursor].self, $0) } ?? []
        }
    }

    package func take(_ batch: ServerLogBatch, now: Date) async throws(StoreError) -> [LoggedLine] {
        try await writes.write(.record, durable: false) { db in
            var news: [LoggedLine] = []
            let leases = Set(batch.lines.map(\.lease)).union(batch.leftOut.keys)
            for lease in leases.sorted(by: { $0.rawValue < $1.rawValue }) {
                news += try Self.take(
                    batch.lines.filter { $0.lease == lease }, leftOut: batch.leftOut[lease] ?? 0, lease, now,
                    db)
            }
            try Self.follow(logged: batch.sessions, db)
            try AuditLog.append(AuditEvent.gaps(batch.gaps, of: batch.database, at: now), db)
            try db.cachedStatement(
                sql:
                    "INSERT INTO server_logs VALUES (?, ?) ON CONFLICT (database) DO UPDATE SET cursors = excluded.cursors"
            ).execute(arguments: [batch.database.rawValue, try JSONText.encode(batch.cursors)])
            return news
        }
    }

    private static func take(
        _ lines: [LoggedLine], leftOut: Int, _ id: LeaseID, _ now: Date, _ db: Database
    ) throws -> [LoggedLine] {
        guard let lease = try LeaseRow.fetch(id, db) else { throw StoreError.other("there is no such lease") }
        let before = try totals(id, db)
        var totals = before
        let known = try db.cachedStatement(
            sql: "SELECT 1 FROM logged_lines WHERE lease = ? AND backend = ? AND line = ?")
        let insert = try db.cachedStatement(
            sql: "INSERT INTO logged_lines (lease, backend, line, at, body) VALUES (?, ?, ?, ?, ?)")
        var news: [LoggedLine] = []
        var bodies = ""
        for line in lines {
            guard
                try Row.fetchOne(known, arguments: [id.rawValue, line.backend.rawValue, line.number]) == nil,
                totals.admit(line)
            else { continue }
            let body = try JSONText.encode(line)
            try insert.execute(
                arguments: [id.rawValue, line.backend.rawValue, line.number, line.at.milliseconds, body])
            bodies += body + "\n"
            news.append(line)
        }
        totals.leftOut += leftOut
        guard totals != before else { return [] }
        try db.cachedStatement(
            sql: """
                INSERT INTO logged_totals VALUES (?, ?, ?, ?) ON CONFLICT (lease) DO UPDATE
                SET lines = excluded.lines, bytes = excluded.bytes, left_out = excluded.left_out
                """
        ).execute(arguments: [id.rawValue, totals.lines, totals.bytes, totals.leftOut])
        let hash = try SHA256Digest(hashing: Array(bodies.utf8)).hex
        try AuditLog.append(
            AuditEvent.logged(
                news, leftOut: totals.leftOut - before.leftOut, of: lease, sha256: hash, at: now), db)
        return news
    }

    private static func follow(logged sessions: [Session], _ db: Database) throws {
        var counts: [LeaseID: Int] = [:]
        for session in sessions {
            let count = try counts[session.lease] ?? loggedSessions(of: session.lease, db)
            counts[session.lease] = count
            guard count < SessionBudget.mostLogged else { continue }
            _ = try follow(session, db)
            counts[session.lease] = count + 1
        }
    }

    private static func loggedSessions(of lease: LeaseID, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: "SELECT count(*) FROM sessions WHERE lease = ? AND source = 'server_log'")
        return try Int.fetchOne(statement, arguments: [lease.rawValue]) ?? 0
    }

    private static func totals(_ lease: LeaseID, _ db: Database) throws -> LoggedTotals {
        let statement = try db.cachedStatement(
            sql: "SELECT lines, bytes, left_out FROM logged_totals WHERE lease = ?")
        return try Row.fetchOne(statement, arguments: [lease.rawValue]).map {
            LoggedTotals(lines: $0[0], bytes: $0[1], leftOut: $0[2])
        } ?? LoggedTotals()
    }

    package func loggedTotals(of lease: LeaseID) async throws(StoreError) -> LoggedTotals {
        try await read { db in try Self.totals(lease, db) }
    }

    package func loggedLines(of lease: LeaseID, in backend: LogBackend?, limit: Int) async throws(StoreError)
        -> [LoggedLine]
    {
        var conditions = Conditions()
        conditions.add("lease = ?", lease.rawValue)
        conditions.add("backend = ?", backend?.rawValue)
        let (clause, arguments) = (conditions.clause, conditions.arguments)
        return try await read { db in
            try String.fetchAll(
                db, sql: "SELECT body FROM logged_lines \(clause) ORDER BY number LIMIT \(max(limit, 0))",
                arguments: arguments
            ).map { try JSONText.decode(LoggedLine.self, $0) }
        }
    }
}
