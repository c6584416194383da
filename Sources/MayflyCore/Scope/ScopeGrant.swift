/// One entry of a profile's `grants`: privileges on some objects of one database.
package struct ScopeGrant: Hashable, Sendable, Codable {
    /// A schema's name may be a pattern, which leaves out the system's own schemas and the guard's.
    package enum Target: Hashable, Sendable, Codable {
        /// A shorthand: becomes other grants with `expanded(for:)`.
        case level(AccessLevel, schema: Glob)
        /// The schema itself. On MariaDB and MySQL a schema is what they also call a database.
        case schema(Glob)
        /// Tables and views.
        case tables(schema: Glob, NameSelection)
        /// Single columns of tables.
        case columns([String], schema: Glob, NameSelection)
        case sequences(schema: Glob, NameSelection)
        /// By signature on PostgreSQL, `refund(bigint)`, where a name alone stands for one without arguments; by name on
        /// MariaDB and MySQL.
        case routines(schema: Glob, NameSelection)
        /// PostgreSQL only.
        case databases([String])
    }

    package var target: Target
    /// In order, each once; none for a level.
    package var privileges: [Privilege]
    package var future: FutureObjects
    /// The database of the server that the objects are in (PostgreSQL only); nil for the one that login roles connect to.
    package var database: String?

    package init(
        _ target: Target, _ privileges: some Sequence<Privilege>, future: FutureObjects = .none,
        database: String? = nil
    ) {
        self.target = target
        self.privileges = Set(privileges).sorted()
        self.future = future
        self.database = database
    }

    /// What a level stands for on an engine; any other grant stands for itself.
    ///
    /// `ddl` leaves out TRIGGER (and events and routines on MariaDB and MySQL): what they hold runs later, with the rights
    /// of whoever writes to the table or of its definer. They are given by name only.
    package func expanded(for engine: EngineKind) -> [ScopeGrant] {
        guard case .level(let level, let schema) = target else { return [self] }
        func grant(_ target: Target, _ privileges: [Privilege], hasFuture: Bool = true) -> ScopeGrant {
            ScopeGrant(target, privileges, future: hasFuture ? future : .none, database: database)
        }
        let tables: [Privilege] =
            [.select] + (level >= .write ? [.insert, .update, .delete] : [])
        switch engine {
        case .postgresql:
            return [
                grant(.schema(schema), [.usage] + (level == .ddl ? [.create] : []), hasFuture: false),
                grant(
                    .tables(schema: schema, .all), tables + (level == .ddl ? [.truncate, .references] : [])),
                grant(
                    .sequences(schema: schema, .all),
                    [.select] + (level >= .write ? [.usage] : []) + (level == .ddl ? [.update] : [])),
            ]
        case .mariadb, .mysql:
            return [
                grant(
                    .tables(schema: schema, .all),
                    tables + [.showView]
                        + (level == .ddl ? [.create, .alter, .drop, .index, .references, .createView] : []))
            ]
        }
    }
}

extension ScopeGrant.Target {
    /// Nil for databases.
    package var schema: Glob? {
        switch self {
        case .level(_, let schema), .schema(let schema), .tables(let schema, _), .columns(_, let schema, _),
            .sequences(let schema, _), .routines(let schema, _):
            schema
        case .databases: nil
        }
    }

    /// Nil where there is nothing to select from.
    package var selection: NameSelection? {
        switch self {
        case .level, .schema, .databases: nil
        case .tables(_, let selection), .columns(_, _, let selection), .sequences(_, let selection),
            .routines(_, let selection):
            selection
        }
    }

    /// Nil for a level, which is of several kinds.
    package var kind: ObjectKind? {
        switch self {
        case .level: nil
        case .schema: .schema
        case .tables, .columns: .table
        case .sequences: .sequence
        case .routines: .routine
        case .databases: .database
        }
    }
}
