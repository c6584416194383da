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

    package static func == (a: Self, b: Self) -> Bool {
        a.kind == b.kind && (a.schema == nil) == (b.schema == nil)
            && (a.arguments == nil) == (b.arguments == nil)
            && order(a, b) == 0
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(ExactText(name))
        hasher.combine(ExactText(schema ?? ""))
    }

    package static func < (a: Self, b: Self) -> Bool { order(a, b) < 0 }

    private static func order(_ a: Self, _ b: Self) -> Int {
        let databases = ExactText.order(a.database, b.database)
        if databases != 0 { return databases }
        if a.kind != b.kind { return a.kind < b.kind ? -1 : 1 }
        let schemas = ExactText.order(a.schema ?? "", b.schema ?? "")
        if schemas != 0 { return schemas }
        let names = ExactText.order(a.name, b.name)
        return names != 0 ? names : ExactText.order(a.arguments ?? "", b.arguments ?? "")
    }
}
