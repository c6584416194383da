/// The words that statements of PostgreSQL begin with (https://www.postgresql.org/docs/current/sql-commands.html): what may be told of a
/// text that may be a value, because no value is among them.
enum StatementVerbs {
    static let first: Set<String> = [
        "abort", "alter", "analyze", "begin", "call", "checkpoint", "close", "cluster", "comment", "commit",
        "copy", "create", "deallocate", "declare", "delete", "discard", "do", "drop", "end", "execute",
        "explain", "fetch", "grant", "import", "insert", "listen", "load", "lock", "merge", "move", "notify",
        "prepare", "reassign", "refresh", "reindex", "release", "reset", "revoke", "rollback", "savepoint",
        "security", "select", "set", "show", "start", "table", "truncate", "unlisten", "update", "vacuum",
        "values", "with",
    ]
    /// What may follow one, and tells more.
    private static let second: Set<String> = [
        "aggregate", "all", "database", "default", "extension", "foreign", "from", "function", "group",
        "index", "into", "language", "materialized", "owned", "policy", "procedure", "publication", "role",
        "rule", "schema", "sequence", "server", "session", "subscription", "table", "trigger", "type", "user",
        "view",
    ]
    private static let most = 40

    /// Each once, in the order of the text: `DELETE FROM`, `DROP TABLE`.
    static func all(in scalars: ArraySlice<Unicode.Scalar>) -> [String] {
        var found: [String] = []
        var verb: String?
        func add(_ text: String) {
            if found.count < most, !found.contains(text) { found.append(text) }
        }
        for word in words(scalars) {
            if let before = verb.take() {
                if second.contains(word) {
                    add("\(before) \(word)".uppercased())
                    continue
                }
                add(before.uppercased())
            }
            if first.contains(word) { verb = word }
        }
        if let verb { add(verb.uppercased()) }
        return found
    }

    /// The word that it begins with, behind blanks and parentheses; "" where a comment stands first, whatever is behind that.
    static func opening(_ text: Substring) -> String? {
        let rest = text.unicodeScalars.drop { " \t\n\r\u{0B}\u{0C}(".unicodeScalars.contains($0) }
        if rest.starts(with: "/*".unicodeScalars) || rest.starts(with: "--".unicodeScalars) { return "" }
        let word = lowercased(Array(rest.prefix(12).prefix(while: StatementRedaction.isOfWord))[...])
        return first.contains(word) ? word : nil
    }

    /// Whether a statement that begins with a word may be what the server calls that (`SELECT`, `DROP TABLE`).
    static func mayBe(_ word: String, tag: String) -> Bool {
        switch word {
        case "": true
        case "with": ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "SELECT INTO"].contains(tag)
        case "select", "table", "values": tag.hasPrefix("SELECT")
        case "end": tag == "COMMIT" || tag.hasPrefix("PREPARE")
        case "abort": tag == "ROLLBACK"
        default: tag.split(separator: " ").first.map(String.init) == word.uppercased()
        }
    }

    /// Of a word of the language; what is none stays as it is.
    static func lowercased(_ word: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        for scalar in word {
            view.append(
                ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value | 0x20)) : scalar)
        }
        return String(view)
    }

    private static func words(_ scalars: ArraySlice<Unicode.Scalar>) -> some Sequence<String> {
        scalars.split { !StatementRedaction.isOfWord($0) }.lazy.map { lowercased($0) }
    }
}
