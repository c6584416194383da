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
                    batch.lines.filter { $0.lease == lease }, leftOut: batch.leftOut[lease] ?? .init(), lease,
                    now,
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
        _ lines: [LoggedLine], leftOut: LoggedTotals.Amount, _ id: LeaseID, _ now: Date, _ db: Database
    ) throws -> [LoggedLine] {
        guard let lease = try LeaseRow.fetch(id, db) else { throw StoreError.other("there is no such lease") }
        let before = try totals(id, db)
        var totals = before
        let search = try db.cachedStatement(
            sql: "SELECT body FROM logged_lines WHERE lease = ? AND backend = ? AND line = ?")
        func known(_ line: LoggedLine, _ number: Int64) throws -> LoggedLine? {
            try String.fetchOne(search, arguments: [id.rawValue, line.backend.rawValue, number])
                .map { try JSONText.decode(LoggedLine.self, $0) }
        }
        let insert = try db.cachedStatement(
            sql:
                "INSERT INTO logged_lines (lease, backend, line, at, body, is_event) VALUES (?, ?, ?, ?, ?, ?)"
        )
        var news: [LoggedLine] = []
        var bodies = ""
        for var line in lines {
            var place = line.number
            if let first = try known(line, place) {
                guard !first.isSame(as: line) else { continue }
                // Beside it, under its number below zero.
                line = line.rival
                place = -place
                if let second = try known(line, place) {
                    if !second.isSame(as: line) { totals.leftOut.lines += 1 }
                    continue
                }
            }
            guard totals.admit(line) else { continue }
            let body = try JSONText.encode(line)
            try insert.execute(
                arguments: [
                    id.rawValue, line.backend.rawValue, place, line.at.milliseconds, body,
                    !line.what.isOfStatement,
                ])
            bodies += body + "\n"
            news.append(line)
        }
        totals.leftOut.lines += leftOut.lines
        totals.leftOut.logins += leftOut.logins
        guard totals != before || !news.isEmpty else { return [] }
        let unsaid = totals.say(withNews: !news.isEmpty, at: now)
        try db.cachedStatement(
            sql: """
                INSERT INTO logged_totals (lease, lines, bytes, left_out, others, logins_left_out, said, logins_said, said_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (lease) DO UPDATE
                SET (lines, bytes, left_out, others, logins_left_out, said, logins_said, said_at) = (excluded.lines,
                    excluded.bytes, excluded.left_out, excluded.others, excluded.logins_left_out, excluded.said,
                    excluded.logins_said, excluded.said_at)
                """
        ).execute(arguments: [
            id.rawValue, totals.lines, totals.bytes, totals.leftOut.lines, try JSONText.encode(totals.others),
            totals.leftOut.logins, totals.said.lines, totals.said.logins, totals.saidAt.milliseconds,
        ])
        let hash = try SHA256Digest(hashing: Array(bodies.utf8)).hex
        try AuditLog.append(
            AuditEvent.logged(
                news, leftOut: unsaid, of: lease, sha256: hash, at: now), db)
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
            sql: """
                SELECT lines, bytes, left_out, logins_left_out, said, logins_said, said_at, others
                FROM logged_totals WHERE lease = ?
                """)
        var totals = LoggedTotals()
        guard let row = try Row.fetchOne(statement, arguments: [lease.rawValue]) else { return totals }
        (totals.lines, totals.bytes) = (row[0], row[1])
        totals.leftOut = .init(lines: row[2], logins: row[3])
        totals.said = .init(lines: row[4], logins: row[5])
        totals.saidAt = Date(milliseconds: row[6])
        totals.others = try JSONText.decode([String: Int].self, row[7])
        return totals
    }

    package func loggedTotals(of lease: LeaseID) async throws(StoreError) -> LoggedTotals {
        try await read { db in try Self.totals(lease, db) }
    }

    package func logged(_ query: LoggedQuery) async throws(StoreError) -> LoggedPage {
        var conditions = Conditions()
        conditions.add("lease = ?", query.lease.rawValue)
        conditions.add("backend = ?", query.backend?.rawValue)
        conditions.add("number > ?", query.after)
        switch query.ofStatements {
        case nil: break
        case true?: conditions.add("is_event = 0")
        case false?: conditions.add("is_event = 1")
        }
        let (clause, arguments, limit) = (conditions.clause, conditions.arguments, max(query.limit, 0))
        return try await read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT number, body FROM logged_lines \(clause) ORDER BY number LIMIT \(limit + 1)",
                arguments: arguments)
            let lines = try rows.prefix(limit).map { try JSONText.decode(LoggedLine.self, $0[1]) }
            return LoggedPage(lines: lines, next: rows.count > limit ? rows.dropLast().last?[0] : nil)
        }
    }
}
