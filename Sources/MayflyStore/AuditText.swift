import Foundation
import GRDB
import MayflyCore

/// The words of records (FTS5): how they get there, and how a question is put.
enum AuditText {
    /// Of what is in the index: to be raised with every change of `SearchText.words` and `AuditEvent.searchable`.
    private static let version = 1

    static func indexed(_ db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "SELECT sequence FROM audit_indexed")
        return try Int64.fetchOne(statement) ?? 0
    }

    /// - Returns: whether there may be more.
    static func index(limit: Int, _ db: Database) throws -> Bool {
        try renewIfOutdated(db)
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
            let texts = words(read.event)
            try insert.execute(arguments: StatementArguments([last]) + StatementArguments(texts))
        }
        if last > begin {
            try db.execute(sql: "UPDATE audit_indexed SET sequence = ?", arguments: [last])
        }
        return count == limit
    }

    /// Folded and parted by us alone, so that what is found is the same before it is indexed and after.
    private static func words(_ event: AuditEvent) -> [String] {
        event.searchable.map { SearchText.words($0.text).joined(separator: " ") }
    }

    /// Of another making, by an earlier version of this program: all of it is made anew. Without, what is removed would not be
    /// what was put in, which destroys an index without content.
    private static func renewIfOutdated(_ db: Database) throws {
        let version = try Int.fetchOne(db, sql: "SELECT words FROM audit_indexed")
        guard version != Self.version else { return }
        try db.execute(sql: "INSERT INTO audit_text (audit_text) VALUES ('delete-all')")
        try db.execute(
            sql: "UPDATE audit_indexed SET words = ?, sequence = (SELECT sequence FROM audit_pruned)",
            arguments: [Self.version])
    }

    /// A table without content has to be told what a row was made of.
    static func remove(upTo last: Int64, _ db: Database) throws {
        try renewIfOutdated(db)
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
            let texts = words(read.event)
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
        for term in query.text?.terms ?? [] {
            // There is no quote in a word, and none would end one.
            let words = term.joined(separator: " ").replacing("\"", with: "\"\"")
            terms.append("\"\(words)\"" + (SearchText.isBeginning(term) ? " *" : ""))
        }
        return terms.isEmpty ? nil : terms.map { "(\($0))" }.joined(separator: " AND ")
    }
}
