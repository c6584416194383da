package import MayflyCore

/// A view for DBAs who never leave SQL: the roles of Mayfly in a server, with what the server has on them decoded.
///
/// It needs neither the daemon nor, on PostgreSQL and MySQL, the guard; it reads with the rights of whoever asks (on
/// PostgreSQL from 15 on, before with its owner's), and nothing of it is secret. On PostgreSQL it is made anew, as another's
/// view of that name would stay theirs to change, and never where everybody may make things. The SQL is in `dba-postgresql.sql`, `dba-mariadb.sql` and `dba-mysql.sql`.
package struct DBAView: Sendable {
    private let engine: EngineKind
    private let schema: String
    private let name: String

    /// - Parameters:
    ///   - schema: where the view is made; nil for `public` on PostgreSQL, and the guard's schema elsewhere.
    ///   - name: the view's.
    package init(engine: EngineKind, schema: String? = nil, name: String = "mayfly_roles") {
        self.engine = engine
        self.schema =
            schema
            ?? {
                switch engine {
                case .postgresql: "public"
                case .mariadb, .mysql: "mayfly"
                }
            }()
        self.name = name
    }

    /// What a DBA runs with `psql`, `mariadb` or `mysql`.
    package func script() throws(EngineFailure) -> String {
        let template: [UInt8]
        let view: String
        var values: [String: String] = [:]
        switch engine {
        case .postgresql:
            template = PackageResources.dba_postgresql_sql
            view = try PostgreSQLQuoting.identifier(schema) + "." + (try PostgreSQLQuoting.identifier(name))
            values["schema_literal"] = try PostgreSQLQuoting.literal(schema)
            values["view_literal"] = try PostgreSQLQuoting.literal(view)
        case .mariadb:
            template = PackageResources.dba_mariadb_sql
            view = try MariaDBQuoting.identifier(schema) + "." + (try MariaDBQuoting.identifier(name))
        case .mysql:
            template = PackageResources.dba_mysql_sql
            view = try MariaDBQuoting.identifier(schema) + "." + (try MariaDBQuoting.identifier(name))
        }
        values["view"] = view
        return try GuardTemplate.fill(String(decoding: template, as: UTF8.self), values)
    }
}
