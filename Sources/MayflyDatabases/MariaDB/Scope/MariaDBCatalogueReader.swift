import Foundation
import MayflyCore
import SQLClients

/// Reads a server's catalogue and its tables of grants, as far as scopes need them, as somebody who may: a DBA, or the broker's
/// account in `mode: direct`, which sees the grants but not what there is.
struct MariaDBCatalogueReader {
    let isMySQL: Bool
    /// The broker's account in `mode: direct`: on MySQL it may not read whether an account has a password.
    var isDirect = false
    let ask: (_ statement: String, _ values: [String?]) async throws(EngineFailure) -> MariaDBRows

    /// The host part that roles have in the server's own tables.
    private var roleHost: String { isMySQL ? "%" : "" }

    /// As a DBA.
    func read(
        _ profiles: [Profile], of definition: DatabaseDefinition, tag: InstallationTag
    ) async throws(EngineFailure) -> MariaDBHoldings {
        let grants = profiles.compactMap(\.scope).flatMap { $0.expanded(for: definition.engine) }.map {
            $0.asWhole
        }
        var catalogue = Catalogue(database: "", schemas: try await schemas())
        var routines: [DatabaseObject: Set<MariaDBGrant.Routine>] = [:]
        for schema in catalogue.schemas
        where grants.contains(where: {
            $0.target.schema?.matches(schema.name) == true && $0.target.kind != .schema
        }) {
            try await readTables(schema.name, into: &catalogue)
            try await readRoutines(schema.name, into: &catalogue, &routines)
        }
        var holdings = MariaDBHoldings(knowledge: .catalogue(catalogue, routines: routines))
        holdings.schemaPattern = try await schemaPattern()
        try await readRoles(profiles, tag: tag, into: &holdings)
        if definition.mode == .guard { try await readGuard(into: &holdings) }
        return holdings
    }

    func readRoles(
        _ profiles: [Profile], tag: InstallationTag, into holdings: inout MariaDBHoldings
    ) async throws(EngineFailure) {
        for group in Set(profiles.compactMap(\.group)).sorted() {
            holdings.roles[ExactText(group)] = try await role(group, tag)
        }
    }

    func schemaPattern() async throws(EngineFailure) -> MariaDBSchemaPattern {
        guard isMySQL else { return MariaDBSchemaPattern(isLiteral: false) }
        let row = try await ask("SELECT @@GLOBAL.partial_revokes AS is_on", []).first
        return MariaDBSchemaPattern(isLiteral: row?.values.first == "1")
    }

    // MARK: What there is

    private func schemas() async throws(EngineFailure) -> [Catalogue.Schema] {
        let rows = try await ask("SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA", [])
        return try Self.reading { () throws(MariaDBError) in
            var schemas: [Catalogue.Schema] = []
            for row in rows {
                let name = try row.string("name")
                schemas.append(.init(name: name, owner: "", isSystem: MariaDBHoldings.isSystem(schema: name)))
            }
            return schemas
        }
    }

    private func readTables(_ schema: String, into catalogue: inout Catalogue) async throws(EngineFailure) {
        let statement = """
            SELECT TABLE_NAME AS name, COLUMN_NAME AS column_name FROM information_schema.COLUMNS
             WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION
            """
        let rows = try await ask(statement, [schema])
        try Self.reading { () throws(MariaDBError) in
            for row in rows {
                let table = DatabaseObject(
                    .table, database: "", schema: schema, name: try row.string("name"))
                if catalogue.columns[table] == nil { catalogue.objects.append(table) }
                catalogue.columns[table, default: []].append(try row.string("column_name"))
            }
        }
    }

    private func readRoutines(
        _ schema: String, into catalogue: inout Catalogue,
        _ routines: inout [DatabaseObject: Set<MariaDBGrant.Routine>]
    ) async throws(EngineFailure) {
        let statement = """
            SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS type FROM information_schema.ROUTINES
             WHERE ROUTINE_SCHEMA = ? ORDER BY ROUTINE_NAME, ROUTINE_TYPE
            """
        let rows = try await ask(statement, [schema])
        try Self.reading { () throws(MariaDBError) in
            for row in rows {
                guard let kind = MariaDBGrant.Routine(rawValue: try row.string("type").uppercased()) else {
                    continue
                }
                let routine = DatabaseObject(
                    .routine, database: "", schema: schema, name: try row.string("name"))
                if routines[routine] == nil { catalogue.objects.append(routine) }
                routines[routine, default: []].insert(kind)
            }
        }
    }

    // MARK: Who holds what

    private func role(
        _ group: String, _ tag: InstallationTag
    ) async throws(EngineFailure) -> MariaDBHoldings.Role? {
        // A role of MySQL's is an account that nobody can log in with.
        let statement =
            isMySQL
            ? """
            SELECT \(isDirect ? "account_locked = 'N'" : "account_locked = 'N' OR authentication_string <> ''") AS is_account
              FROM mysql.user WHERE User = ? AND Host = '%'
            """
            : """
            SELECT COALESCE(JSON_VALUE(Priv, '$.is_role'), '0') NOT IN ('true', '1') AS is_account FROM mysql.global_priv
             WHERE User = ? AND Host = ''
            """
        guard let found = try await ask(statement, [group]).first else { return nil }
        var role = MariaDBHoldings.Role()
        role.isAccount = try Self.reading { () throws(MariaDBError) in try found.bool("is_account") }
        guard !role.isAccount else { return role }
        role.grants = try await grants(of: group)
        try await readMemberships(group, tag, into: &role)
        return role
    }

    private func grants(of group: String) async throws(EngineFailure) -> Set<MariaDBGrant> {
        let values: [String?] = [group, roleHost]
        var grants: Set<MariaDBGrant> = []
        for (kind, statement) in try await statements() {
            let rows = try await ask(statement, values)
            for row in rows {
                grants.formUnion(
                    try Self.reading { () throws(MariaDBError) in
                        try MariaDBGrant.read(
                            kind: try row.optionalString("kind") ?? kind,
                            place: try row.optionalString("place") ?? "",
                            name: try row.optionalString("name") ?? "",
                            part: try row.optionalString("part") ?? "", rights: try row.string("rights"))
                    })
            }
        }
        return grants
    }

    /// For each kind of place what asks for the rights on it.
    private func statements() async throws(EngineFailure) -> [(kind: String, statement: String)] {
        let none = "NULL AS kind, NULL AS place, NULL AS name, NULL AS part"
        let everything =
            isMySQL
            ? """
            SELECT \(none), CONCAT_WS(',', \(MariaDBRight.columnsOfUser.map(Self.ifGranted).joined(separator: ", ")),
                (SELECT GROUP_CONCAT(g.PRIV) FROM mysql.global_grants g WHERE g.USER = d.User AND g.HOST = d.Host)) AS rights
              FROM mysql.user d WHERE d.User = ? AND d.Host = ?
            """
            : """
            SELECT \(none), CAST(COALESCE(JSON_VALUE(Priv, '$.access'), 0) AS UNSIGNED) AS rights FROM mysql.global_priv
             WHERE User = ? AND Host = ?
            """
        return [
            (isMySQL ? "everything" : "bits", everything), ("schema", try await schemaStatement()),
            (
                "table",
                """
                SELECT NULL AS kind, Db AS place, Table_name AS name, NULL AS part, Table_priv AS rights FROM mysql.tables_priv
                 WHERE User = ? AND Host = ?
                """
            ),
            (
                "column",
                """
                SELECT NULL AS kind, Db AS place, Table_name AS name, Column_name AS part, Column_priv AS rights
                  FROM mysql.columns_priv WHERE User = ? AND Host = ?
                """
            ),
            (
                "routine",
                """
                SELECT LOWER(Routine_type) AS kind, Db AS place, Routine_name AS name, NULL AS part, Proc_priv AS rights
                  FROM mysql.procs_priv WHERE User = ? AND Host = ?
                """
            ),
            (
                "proxy",
                """
                SELECT NULL AS kind, Proxied_host AS place, Proxied_user AS name, NULL AS part, 'Proxy' AS rights
                  FROM mysql.proxies_priv WHERE User = ? AND Host = ?
                """
            ),
        ]
    }

    /// The columns of `mysql.db` that are rights: newer servers have more of them.
    private func schemaStatement() async throws(EngineFailure) -> String {
        let columns = """
            SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'db'
             ORDER BY ORDINAL_POSITION
            """
        let rows = try await ask(columns, [])
        let rights = rows.compactMap { $0.values.first ?? nil }.compactMap { name in
            name.wholeMatch(of: /([A-Za-z_]+)_priv/).map { Self.ifGranted(String($0.output.1)) }
        }
        guard !rights.isEmpty else {
            throw EngineFailure(.serverError, "mysql.db cannot be read with this account")
        }
        return """
            SELECT NULL AS kind, d.Db AS place, NULL AS name, NULL AS part, CONCAT_WS(',', \(rights.joined(separator: ", "))) AS rights
              FROM mysql.db d WHERE d.User = ? AND d.Host = ?
            """
    }

    private static func ifGranted(_ right: String) -> String { "IF(d.\(right)_priv = 'Y', '\(right)', NULL)" }

    private func readMemberships(
        _ group: String, _ tag: InstallationTag, into role: inout MariaDBHoldings.Role
    ) async throws(EngineFailure) {
        let statement =
            isMySQL
            ? """
            SELECT FROM_USER AS role, FROM_HOST AS role_host, TO_USER AS member, TO_HOST AS member_host,
                   WITH_ADMIN_OPTION = 'Y' AS admin FROM mysql.role_edges WHERE FROM_USER = ? OR TO_USER = ?
            """
            : """
            SELECT Role AS role, '' AS role_host, User AS member, Host AS member_host, Admin_option = 'Y' AS admin
              FROM mysql.roles_mapping WHERE Role = ? OR User = ?
            """
        let name = ExactText(group)
        let own = try await ask("SELECT CURRENT_USER() AS account", []).first?.values.first ?? nil
        for row in try await ask(statement, [group, group]) {
            let edge = try Self.reading { () throws(MariaDBError) in
                (
                    role: try row.string("role"), roleHost: try row.string("role_host"),
                    member: try row.string("member"), memberHost: try row.string("member_host"),
                    isAdmin: try row.bool("admin")
                )
            }
            if ExactText(edge.member) == name, edge.memberHost == roleHost {
                role.memberships.append(
                    try MariaDBQuoting.role(edge.role, host: isMySQL ? edge.roleHost : nil))
            } else if ExactText(edge.role) == name, edge.roleHost == roleHost {
                if edge.member == "mayfly_guard", edge.memberHost == "localhost" {
                    role.isGrantable = edge.isAdmin
                } else if !edge.member.hasPrefix("mf_\(tag)_") {
                    let member = edge.member + "@" + edge.memberHost
                    // Whoever makes a role on MariaDB may hand it on: mostly who runs this. Anybody else is named.
                    guard !edge.isAdmin || member != own else { continue }
                    role.members.append(edge.isAdmin ? "\(member) (may hand it on)" : member)
                }
            }
        }
        role.memberships.sort()
    }

    private func readGuard(into holdings: inout MariaDBHoldings) async throws(EngineFailure) {
        // Before anything of the schema is read with a DBA's rights, which a view in a table's place would run with.
        if let problem = try await ask(MariaDBGuard.problems(), []).first?.values.first ?? nil {
            throw EngineFailure(.guardUnusable, "the schema mayfly is not to be trusted: \(problem)")
        }
        let account = try await ask(
            "SELECT 1 AS there FROM mysql.user WHERE User = 'mayfly_guard' AND Host = 'localhost'", [])
        holdings.hasGuardAccount = !account.isEmpty
        let table = try await ask(
            """
            SELECT 1 AS there FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mayfly' AND TABLE_NAME = 'allowed_group'
            """, [])
        guard !table.isEmpty else { return }
        holdings.allowed = try await ask("SELECT name FROM mayfly.allowed_group", []).compactMap {
            $0.values.first ?? nil
        }
        let marks = try await ask(
            """
            SELECT 1 AS there FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mayfly' AND TABLE_NAME = 'group_mark'
            """, [])
        guard !marks.isEmpty else { return }
        holdings.hasMarks = true
        let rows = try await ask("SELECT name, mark FROM mayfly.group_mark", [])
        try Self.reading { () throws(MariaDBError) in
            for row in rows {
                holdings.roles[ExactText(try row.string("name"))]?.mark = try row.string("mark")
            }
        }
    }

    static func reading<Value>(
        _ body: () throws(MariaDBError) -> Value
    ) throws(EngineFailure) -> Value {
        do throws(MariaDBError) {
            return try body()
        } catch {
            throw EngineFailure(error)
        }
    }
}
