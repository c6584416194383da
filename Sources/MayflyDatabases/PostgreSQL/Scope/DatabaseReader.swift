import MayflyCore
import SQLClients

/// Reads one database's catalogue, as far as scopes need it.
struct DatabaseReader {
    private typealias Reader = PostgreSQLCatalogueReader

    let name: String
    /// The groups' names, as JSON.
    let groups: String
    let ask:
        (_ database: String, _ statement: String, [String?]) async throws(EngineFailure) -> PostgreSQLRows

    /// - Parameter grants: with levels written out; of objects in this database.
    func read(_ grants: [ScopeGrant]) async throws(EngineFailure) -> PostgreSQLHoldings.Database {
        var database = PostgreSQLHoldings.Database(catalogue: Catalogue(database: name))
        let schemas = try await readSchemas(into: &database)
        // Only where a scope means something in it are all objects of a schema read, else those that a group holds.
        func wanted(_ kinds: Set<ObjectKind>) throws(EngineFailure) -> String {
            let globs = grants.filter { $0.target.kind.map(kinds.contains) ?? false }.compactMap(
                \.target.schema)
            return try Reader.json(
                schemas.filter { schema in globs.contains { $0.matches(schema.name) } }.map(\.oid))
        }
        let tables = try await readRelations(try wanted([.table, .sequence]), into: &database)
        try await readColumns(
            try Reader.json(
                tables.filter { table in
                    grants.contains { grant in
                        guard case .columns(_, let schema, let selection) = grant.target else { return false }
                        return schema.matches(table.object.schema ?? "")
                            && selection.contains(table.object.name)
                    }
                }.map(\.oid)), into: &database)
        try await readRoutines(try wanted([.routine]), into: &database)
        try await readDefaults(into: &database)
        try await readRowSecurity(into: &database)
        try await readOthers(into: &database)
        return database
    }

    private func readSchemas(
        into database: inout PostgreSQLHoldings.Database
    ) async throws(EngineFailure) -> [(oid: String, name: String)] {
        let statement = """
            SELECT n.oid::text AS oid, n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner,
                   (n.nspname ~ '^pg_' OR n.nspname = 'information_schema'
                    OR n.nspname IN (SELECT json_array_elements_text($2::json))) AS system, h.*
              FROM pg_namespace n \(Reader.holders("n.nspacl"))
            """
        var found: [(oid: String, name: String)] = []
        for row in try await ask(name, statement, [groups, try Reader.json(PostgreSQLGuard.schemas)]) {
            let schema = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    oid: try row.string("oid"), name: try row.string("name"), owner: try row.string("owner"),
                    isSystem: try row.string("system") == "t"
                )
            }
            let object = DatabaseObject(.schema, database: name, schema: schema.name, name: schema.name)
            if let held = try Reader.held(row, object, owner: schema.owner) { database.held.append(held) }
            guard found.last?.oid != schema.oid, !found.contains(where: { $0.oid == schema.oid }) else {
                continue
            }
            found.append((schema.oid, schema.name))
            database.catalogue.schemas.append(
                .init(name: schema.name, owner: schema.owner, isSystem: schema.isSystem))
        }
        return found
    }

    /// Tables, views and sequences.
    private func readRelations(
        _ schemas: String, into database: inout PostgreSQLHoldings.Database
    ) async throws(EngineFailure) -> [(oid: String, object: DatabaseObject)] {
        let statement = """
            SELECT c.oid::text AS oid, c.relkind::text AS kind, n.nspname AS schema, c.relname AS name,
                   pg_get_userbyid(c.relowner) AS owner, h.*
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \(Reader.holders("c.relacl"))
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (h.grantee IS NOT NULL
                OR c.relnamespace IN (SELECT json_array_elements_text($2::json)::oid))
             ORDER BY c.oid
            """
        var found: [(oid: String, object: DatabaseObject)] = []
        for row in try await ask(name, statement, [groups, schemas]) {
            let relation = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    oid: try row.string("oid"), kind: try row.string("kind"),
                    schema: try row.string("schema"),
                    name: try row.string("name"), owner: try row.string("owner")
                )
            }
            let object = DatabaseObject(
                relation.kind == "S" ? .sequence : .table, database: name, schema: relation.schema,
                name: relation.name)
            if let held = try Reader.held(row, object, owner: relation.owner) { database.held.append(held) }
            guard found.last?.oid != relation.oid else { continue }
            found.append((relation.oid, object))
            database.catalogue.objects.append(object)
        }
        return found.filter { $0.object.kind == .table }
    }

    /// Of tables that a scope means columns of, all; of others those that a group holds something on.
    private func readColumns(
        _ tables: String, into database: inout PostgreSQLHoldings.Database
    ) async throws(EngineFailure) {
        let statement = """
            SELECT n.nspname AS schema, c.relname AS name, a.attname AS column_name,
                   pg_get_userbyid(c.relowner) AS owner, h.*
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                   \(Reader.holders("a.attacl"))
             WHERE NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (h.grantee IS NOT NULL
                OR a.attnum > 0 AND a.attrelid IN (SELECT json_array_elements_text($2::json)::oid))
             ORDER BY a.attrelid, a.attnum
            """
        for row in try await ask(name, statement, [groups, tables]) {
            let column = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    schema: try row.string("schema"), table: try row.string("name"),
                    name: try row.string("column_name"), owner: try row.string("owner")
                )
            }
            let table = DatabaseObject(.table, database: name, schema: column.schema, name: column.table)
            if let held = try Reader.held(row, table, column: column.name, owner: column.owner) {
                database.held.append(held)
            }
            if database.catalogue.columns[table]?.last.map(ExactText.init) != ExactText(column.name) {
                database.catalogue.columns[table, default: []].append(column.name)
            }
        }
    }

    private func readRoutines(
        _ schemas: String, into database: inout PostgreSQLHoldings.Database
    ) async throws(EngineFailure) {
        // As format_type writes types, but for those of users, which always carry their schema.
        let statement = """
            SELECT p.oid::text AS oid, n.nspname AS schema, p.proname AS name, pg_get_userbyid(p.proowner) AS owner,
                   (SELECT coalesce(string_agg(format_type(a.type, NULL), ', ' ORDER BY a.n), '')
                      FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n)) AS arguments, h.*
              FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \(Reader.holders("p.proacl"))
             WHERE h.grantee IS NOT NULL OR p.pronamespace IN (SELECT json_array_elements_text($2::json)::oid)
             ORDER BY p.oid
            """
        var last: String?
        for row in try await ask(name, statement, [groups, schemas]) {
            let routine = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    oid: try row.string("oid"), schema: try row.string("schema"),
                    name: try row.string("name"),
                    arguments: try row.string("arguments"), owner: try row.string("owner")
                )
            }
            guard let signature = RoutineSignature(name: routine.name, arguments: routine.arguments) else {
                // It is in the way of whoever means it or holds something on it, and of nobody else.
                let object = DatabaseObject(
                    .routine, database: name, schema: routine.schema, name: routine.name)
                if last != routine.oid { database.unreadable.append(object) }
                if let held = try Reader.held(row, object, owner: routine.owner) {
                    database.others.append((held.group, "\(object), whose arguments cannot be read"))
                }
                last = routine.oid
                continue
            }
            let object = DatabaseObject(
                .routine, database: name, schema: routine.schema, name: routine.name,
                arguments: signature.arguments)
            if let held = try Reader.held(row, object, owner: routine.owner) { database.held.append(held) }
            if last != routine.oid { database.catalogue.objects.append(object) }
            last = routine.oid
        }
    }

    private func readDefaults(into database: inout PostgreSQLHoldings.Database) async throws(EngineFailure) {
        let statement = """
            SELECT pg_get_userbyid(d.defaclrole) AS owner, n.nspname AS schema, d.defaclobjtype::text AS kind,
                   g.rolname AS grantee, e.privilege_type AS privilege, e.is_grantable AS grantable
              FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
                   CROSS JOIN LATERAL aclexplode(d.defaclacl) e JOIN pg_roles g ON g.oid = e.grantee
             WHERE g.rolname IN (SELECT json_array_elements_text($1::json)) AND d.defaclrole <> e.grantee
            """
        for row in try await ask(name, statement, [groups]) {
            let held = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    owner: try row.string("owner"), schema: try row.optionalString("schema"),
                    kind: try row.string("kind"), group: try row.string("grantee"),
                    privilege: Privilege(configured: try row.string("privilege")),
                    isGrantable: try row.string("grantable") == "t"
                )
            }
            let kind: ObjectKind? =
                switch held.kind {
                case "r": .table
                case "S": .sequence
                case "f": .routine
                case "n": .schema
                default: nil
                }
            guard let kind, let privilege = held.privilege else {
                database.others.append((held.group, "the types that \(held.owner) makes"))
                continue
            }
            database.defaults.append(
                .init(
                    group: held.group,
                    privilege: DefaultPrivilege(
                        privilege, on: kind, database: name, schema: held.schema, owner: held.owner),
                    isGrantable: held.isGrantable))
        }
    }

    private func readRowSecurity(into database: inout PostgreSQLHoldings.Database) async throws(EngineFailure)
    {
        let statement = """
            SELECT n.nspname AS schema, c.relname AS name,
                   (SELECT coalesce(json_agg(json_build_object('name', p.polname, 'permissive', p.polpermissive,
                               'command', p.polcmd,
                               'roles', (SELECT coalesce(json_agg(r.rolname), '[]') FROM pg_roles r
                                          WHERE r.oid = ANY (p.polroles)),
                               'using', pg_get_expr(p.polqual, p.polrelid),
                               'check', pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname), '[]')
                      FROM pg_policy p WHERE p.polrelid = c.oid)::text AS policies
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity
            """
        for row in try await ask(name, statement, []) {
            let read = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    schema: try row.string("schema"), name: try row.string("name"),
                    policies: try row.string("policies")
                )
            }
            database.rowSecurity.append(
                .init(
                    table: DatabaseObject(.table, database: name, schema: read.schema, name: read.name),
                    policies: try Reader.decode([PostgreSQLHoldings.Policy].self, read.policies)))
        }
    }

    /// Rights on what a scope has no words for: types, languages, foreign servers, large objects, parameters.
    private func readOthers(into database: inout PostgreSQLHoldings.Database) async throws(EngineFailure) {
        let statement = """
            SELECT r.rolname AS grantee, pg_describe_object(d.classid, d.objid, d.objsubid) AS object
              FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
             WHERE d.deptype = 'a' AND r.rolname IN (SELECT json_array_elements_text($1::json))
               AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
               AND d.classid NOT IN ('pg_class'::regclass, 'pg_namespace'::regclass, 'pg_proc'::regclass,
                                     'pg_database'::regclass, 'pg_default_acl'::regclass)
             ORDER BY 1, 2
            """
        for row in try await ask(name, statement, [groups]) {
            let other = try Reader.single(row) { (row) throws(PostgreSQLError) in
                (
                    group: try row.string("grantee"),
                    object: try row.optionalString("object") ?? "something unnamed"
                )
            }
            database.others.append((other.group, other.object))
        }
    }
}
