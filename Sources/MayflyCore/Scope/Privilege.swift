/// What may be done to an object, as GRANT statements and the configuration name it; a space in SQL is `_` here.
///
/// Sources: PostgreSQL's chapter "Privileges" (5.8 in the manual of 15), MariaDB's and MySQL's GRANT.
package enum Privilege: String, Sendable, Codable, CaseIterable, Comparable, CustomStringConvertible {
    case select, insert, update, delete, truncate, references, trigger, usage, create, execute, connect,
        temporary
    /// PostgreSQL 17 and newer: VACUUM, ANALYZE, REINDEX and their like.
    case maintain
    // MariaDB and MySQL:
    case alter, drop, index, event
    case alterRoutine = "alter_routine"
    case createRoutine = "create_routine"
    case createTemporaryTables = "create_temporary_tables"
    case createView = "create_view"
    case deleteHistory = "delete_history"
    case lockTables = "lock_tables"
    case showView = "show_view"

    /// Also with spaces, as SQL writes it.
    package init?(configured text: String) {
        self.init(rawValue: text.lowercased().replacing(" ", with: "_"))
    }

    /// As it stands in GRANT: fixed words, nothing that came from outside.
    package var sql: String { rawValue.uppercased().replacing("_", with: " ") }

    package var description: String { rawValue }

    /// In the order of their declaration, which is that of statements.
    package static func < (a: Self, b: Self) -> Bool { a.position < b.position }
    private var position: Int { Self.positions[self] ?? 0 }
    private static let positions = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
