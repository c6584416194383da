/// Kinds of objects that privileges are granted on.
package enum ObjectKind: String, Sendable, Codable, CaseIterable, Comparable, CustomStringConvertible {
    case database, schema
    /// Views, materialized views, partitioned and foreign tables too: GRANT makes no difference between them.
    case table
    case sequence
    /// Functions, procedures, aggregates.
    case routine

    package var description: String { rawValue }

    /// In the order in which statements come: what contains others first.
    package static func < (a: Self, b: Self) -> Bool { a.position < b.position }
    private var position: Int {
        switch self {
        case .database: 0
        case .schema: 1
        case .table: 2
        case .sequence: 3
        case .routine: 4
        }
    }

    /// What can be granted on such an object; on MariaDB and MySQL a schema is what others call a database, and what is
    /// granted on it goes for all that is in it.
    package func privileges(on engine: EngineKind) -> [Privilege] {
        switch engine {
        case .postgresql:
            switch self {
            case .database: [.create, .connect, .temporary]
            case .schema: [.usage, .create]
            case .table: [.select, .insert, .update, .delete, .truncate, .references, .trigger, .maintain]
            case .sequence: [.select, .update, .usage]
            case .routine: [.execute]
            }
        case .mariadb, .mysql:
            switch self {
            case .database, .sequence: []
            case .schema:
                [
                    .create, .alter, .drop, .index, .event, .alterRoutine, .createRoutine,
                    .createTemporaryTables,
                    .createView, .lockTables, .showView,
                ]
            case .table:
                [
                    .select, .insert, .update, .delete, .references, .trigger, .create, .alter, .drop, .index,
                    .createView, .showView,
                ] + (engine == .mariadb ? [.deleteHistory] : [])
            case .routine: [.execute, .alterRoutine]
            }
        }
    }

    /// What can be granted on single columns.
    package static let columnPrivileges: [Privilege] = [.select, .insert, .update, .references]
}
