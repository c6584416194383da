import Foundation
import GRDB
import MayflyCore

/// The words of records (FTS5): how they get there, and how a question is put.
enum AuditText {
    static func indexed(_ db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "SELECT sequence FROM audit_indexed")
        return try Int64.fetchOne(statement) ?? 0
    }

    /// - Returns: whether there may be more.
    static func index(limit: Int, _ db: Database) throws -> Bool {
        let begin = try indexed(db)
        let select = try db.cachedStatement(
            sql: "SELECT sequence, body, hash FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?")
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO audit_text (
                    rowid, actor, action, outcome, request, lease, database, profile, role, reason, rule, details
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        var (count, last) = (0, begin)
        for row in try Row.fetchAll(select, arguments: [begin, limit]) {
            count += 1
            last = row[0]
            // One that cannot be read has no words; `audit verify` tells of it.
            guard let read = AuditEncoding.read([UInt8](row[1] as Data)) else { continue }
            let texts = read.event.searchable.map(\.text)
            try insert.execute(arguments: StatementArguments([last]) + StatementArguments(texts))
        }
        if last > begin {
            try db.execute(sql: "UPDATE audit_indexed SET sequence = ?", arguments: [last])
        }
        return count == limit
    }

    /// A table without content has to be told what a row was made of.
    static func remove(upTo last: Int64, _ db: Database) throws {
        let select = try db.cachedStatement(
            sql: "SELECT sequence, body FROM audit WHERE sequence <= ? ORDER BY sequence")
        let delete = try db.cachedStatement(
            sql: """
                INSERT INTO audit_text (
                    audit_text, rowid, actor, action, outcome, request, lease, database, profile, role, reason, rule,
                    details
                ) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let indexed = try indexed(db)
        for row in try Row.fetchAll(select, arguments: [min(last, indexed)]) {
            let sequence: Int64 = row[0]
            guard let read = AuditEncoding.read([UInt8](row[1] as Data)) else { continue }
            let texts = read.event.searchable.map(\.text)
            try delete.execute(arguments: StatementArguments([sequence]) + StatementArguments(texts))
        }
        if indexed < last { try db.execute(sql: "UPDATE audit_indexed SET sequence = ?", arguments: [last]) }
    }

    /// The question in FTS5's language; nil where none of it is about words. Every text stands in quotes.
    static func match(_ query: AuditQuery) -> String? {
        var terms: [String] = []
        for (column, value) in query.exact {
            let words = SearchText.words(value)
            // What has no word at all matches nothing there.
            terms.append("\(column) : \"\(words.isEmpty ? "none" : words.joined(separator: " "))\"")
        }
        for term in query.text?.terms ?? [] { terms.append("\"\(term.joined(separator: " "))\" *") }
        return terms.isEmpty ? nil : terms.map { "(\($0))" }.joined(separator: " AND ")
    }
}
