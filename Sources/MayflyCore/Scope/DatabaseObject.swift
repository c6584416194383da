/// One object of a server that privileges are granted on, by its name in the catalogue.
///
/// Names are compared byte by byte, as servers do: to Swift two spellings of `é` are equal, to a server they are two
/// tables.
package struct DatabaseObject: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var kind: ObjectKind
    /// The database that it is in, or is. On MariaDB and MySQL, where a schema is a database, empty.
    package var database: String
    /// Nil for a database.
    package var schema: String?
    /// The schema's or database's own name where it is one.
    package var name: String
    /// PostgreSQL: the types of a routine's arguments, as `RoutineSignature` writes them.
    package var arguments: String?

    package init(
        _ kind: ObjectKind, database: String, schema: String? = nil, name: String, arguments: String? = nil
    ) {
        self.kind = kind
        self.database = database
        self.schema = schema
        self.name = name
        self.arguments = arguments
    }

    /// For people; never part of a statement.
    package var description: String {
        let path = [kind == .schema ? nil : schema, name].compactMap { $0 }.joined(separator: ".")
        return "\(kind) \(path)" + (arguments.map { "(\($0))" } ?? "")
    }

    private var key: [ExactText] {
        [database, schema ?? "", name, arguments ?? ""].map(ExactText.init)
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.kind == b.kind && (a.schema == nil) == (b.schema == nil)
            && (a.arguments == nil) == (b.arguments == nil)
            && a.key == b.key
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(key)
    }

    package static func < (a: Self, b: Self) -> Bool {
        if a.database != b.database { return ExactText(a.database) < ExactText(b.database) }
        return a.kind == b.kind ? a.key.lexicographicallyPrecedes(b.key) : a.kind < b.kind
    }
}
