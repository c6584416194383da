/// What a scope comes to against a catalogue.
package struct ResolvedScope: Hashable, Sendable {
    package var privileges = PrivilegeSet()
    /// What is made later gets.
    package var future: Set<DefaultPrivilege> = []
    /// What the scope names and the catalogue does not have, in the scope's order: such as `table sales.ordres`.
    package var unresolved: [String] = []

    package init() {}
}

/// PostgreSQL's default privileges: what objects of a kind get when `owner` makes them in `schema`.
package struct DefaultPrivilege: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var database: String
    package var owner: String
    /// Nil for those that go for every schema of the database.
    package var schema: String?
    package var kind: ObjectKind
    package var privilege: Privilege

    package init(
        _ privilege: Privilege, on kind: ObjectKind, database: String, schema: String?, owner: String
    ) {
        self.privilege = privilege
        self.kind = kind
        self.database = database
        self.schema = schema
        self.owner = owner
    }

    package var description: String {
        "\(privilege) on every \(kind) that \(owner) makes in \(schema.map { "schema \($0)" } ?? "any schema")"
    }

    private var key: [ExactText] { [database, owner, schema ?? ""].map(ExactText.init) }

    package static func == (a: Self, b: Self) -> Bool {
        a.kind == b.kind && a.privilege == b.privilege && (a.schema == nil) == (b.schema == nil)
            && a.key == b.key
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(privilege)
        hasher.combine(key)
    }

    package static func < (a: Self, b: Self) -> Bool {
        if a.key != b.key { return a.key.lexicographicallyPrecedes(b.key) }
        return (a.kind, a.privilege) < (b.kind, b.privilege)
    }
}
