import Foundation

/// What the members of some groups can do in a database, as its server says: by the groups, by what these are members of,
/// and because everybody can.
package struct EffectivePrivileges: Hashable, Sendable, Codable {
    package struct Entry: Hashable, Sendable, Codable {
        /// Of the object, in the server's words: `table`, `column`, `schema`, `function`, …; `row-level security` for a
        /// table whose policies decide which rows.
        package let kind: String
        /// With its schema, quoted as SQL wants it: `sales.orders`.
        package let name: String
        /// As GRANT names them, sorted; `OWNER` for all that an owner can; the policies of row-level security.
        package let privileges: [String]
        /// Everybody has it (PUBLIC): it does not come from the groups, and nothing of ours takes it away.
        package let isPublic: Bool

        package init(kind: String, name: String, privileges: [String], isPublic: Bool = false) {
            self.kind = kind
            self.name = name
            self.privileges = privileges
            self.isPublic = isPublic
        }

        /// `INSERT, SELECT on table sales.orders`.
        package var line: String { "\(privileges.joined(separator: ", ")) on \(kind) \(name)" }
    }

    /// The broadest first, those of everybody last.
    package let entries: [Entry]
    /// There are more than `most`.
    package let isCut: Bool

    /// Entries that are read at most.
    package static let most = 2_000

    /// - Parameter entries: all that there are, or one more than `most`.
    package init(_ entries: [Entry]) {
        isCut = entries.count > Self.most
        self.entries = Array(entries.prefix(Self.most))
    }

    /// What an engine tells in lines, such as `SELECT on table sales.orders`.
    package init(lines: [String]) {
        self.init(
            lines.map { line in
                let parts = line.split(separator: " on ", maxSplits: 1)
                let object = (parts.dropFirst().first ?? "").split(separator: " ", maxSplits: 1)
                guard parts.count == 2, object.count == 2 else {
                    return Entry(kind: "", name: line, privileges: [])
                }
                return Entry(
                    kind: String(object[0]), name: String(object[1]),
                    privileges: parts[0].split(separator: ", ").map(String.init))
            })
    }

    /// As it is kept and hashed: equal values are equal texts.
    package func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// For people who decide: what the groups give, a line each.
    /// - Parameter limit: of lines; then one more says that there are more.
    package func lines(limit: Int) -> [String] {
        let own = entries.filter { !$0.isPublic }.map(\.line)
        return own.count > limit || isCut ? own.prefix(limit) + ["and more"] : own
    }
}
