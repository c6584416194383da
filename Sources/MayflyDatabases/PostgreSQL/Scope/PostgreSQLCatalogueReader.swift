import Foundation
import MayflyCore
import SQLClients

/// Reads out of a server's catalogue what is needed to hold scopes against it: a query for each kind of objects, however
/// many there are. Everybody may read it, in a database that they may connect to.
struct PostgreSQLCatalogueReader {
    /// Asks one database of the server. The session's `search_path` is `pg_catalog`, so that types are named in one way.
    let ask:
        (_ database: String, _ statement: String, [String?]) async throws(EngineFailure) -> PostgreSQLRows

    func read(
        _ profiles: [Profile], of definition: DatabaseDefinition, tag: InstallationTag
    ) async throws(EngineFailure) -> PostgreSQLHoldings {
        var holdings = PostgreSQLHoldings()
        let groups = try Self.json(profiles.compactMap(\.group))
        let scopes = profiles.compactMap(\.scope)
        try await readRoles(profiles, of: definition, tag, into: &holdings)
        try await readDatabases(groups, of: definition, into: &holdings)
        for name in Set(scopes.flatMap { $0.databases(of: definition) } + [definition.database]).sorted()
        where holdings.databaseNames.contains(ExactText(name)) {
            let wanted = scopes.flatMap { $0.expanded(for: .postgresql) }
                .filter { ($0.database ?? definition.database) == name }
            let place = DatabaseReader(name: name, groups: groups, ask: ask)
            holdings.databases[name] = try await place.read(wanted)
        }
        return holdings
    }

    static func json(_ names: some Sequence<String>) throws(EngineFailure) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(Array(names)), as: UTF8.self)
        } catch { throw EngineFailure(.invalid, "names cannot be written") }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws(EngineFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch { throw EngineFailure(.serverError, "the catalogue's answer cannot be read") }
    }

    private func readRoles(
        _ profiles: [Profile], of definition: DatabaseDefinition, _ tag: InstallationTag,
        into holdings: inout PostgreSQLHoldings
    ) async throws(EngineFailure) {
        var owners: [String] = []
        for grant in profiles.compactMap(\.scope).flatMap(\.grants) {
            if case .of(let names) = grant.future { owners += names }
        }
        let statement = """
            SELECT current_setting('server_version_num') AS version, r.rolname, r.rolcanlogin,
                   concat_ws(',', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
                       CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                       CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) AS attributes,
                   (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('role', up.rolname, 'grantor', g.rolname)), '[]')
                      FROM pg_auth_members m JOIN pg_roles up ON up.oid = m.roleid LEFT JOIN pg_roles g ON g.oid = m.grantor
                     WHERE m.member = r.oid)::text AS memberships,
                   (SELECT coalesce(json_agg(DISTINCT x.rolname), '[]') FROM pg_auth_members m
                      JOIN pg_roles x ON x.oid = m.member
                     WHERE m.roleid = r.oid AND NOT starts_with(x.rolname::text, $2))::text AS members,
                   shobj_description(r.oid, 'pg_authid') AS comment,
                   (SELECT count(*) FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
                       AND d.deptype = 'o') AS owned
              FROM (SELECT) AS one LEFT JOIN pg_roles r ON r.rolname IN (SELECT json_array_elements_text($1::json))
            """
        let names = try Self.json(profiles.compactMap(\.group) + owners)
        let rows = try await ask(definition.database, statement, [names, "mf_\(tag)_"])
        for row in rows {
            let read = try Self.single(row) { (row) throws(PostgreSQLError) in
                (
                    version: try row.int("version"), name: try row.optionalString("rolname"),
                    canLogin: try row.optionalString("rolcanlogin") == "t",
                    attributes: try row.optionalString("attributes") ?? "",
                    memberships: try row.optionalString("memberships") ?? "[]",
                    members: try row.optionalString("members") ?? "[]",
                    comment: try row.optionalString("comment"),
                    owned: try row.optionalInt("owned") ?? 0
                )
            }
            holdings.version = read.version
            guard let name = read.name else { continue }
            holdings.roles[ExactText(name)] = PostgreSQLHoldings.Role(
                canLogin: read.canLogin, attributes: read.attributes.split(separator: ",").map(String.init),
                memberships: try Self.decode([PostgreSQLHoldings.Membership].self, read.memberships),
                members: try Self.decode([String].self, read.members), comment: read.comment,
                owned: read.owned)
        }
    }

    private func readDatabases(
        _ groups: String, of definition: DatabaseDefinition, into holdings: inout PostgreSQLHoldings
    ) async throws(EngineFailure) {
        let statement = """
            SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, h.*
              FROM pg_database d \(Self.holders("d.datacl"))
            """
        for row in try await ask(definition.database, statement, [groups]) {
            let read = try Self.single(row) { (row) throws(PostgreSQLError) in
                (name: try row.string("name"), owner: try row.string("owner"))
            }
            holdings.databaseNames.insert(ExactText(read.name))
            let object = DatabaseObject(.database, database: read.name, name: read.name)
            if let held = try Self.held(row, object, owner: read.owner) { holdings.held.append(held) }
        }
    }

    /// Who of the groups in `$1` was granted what by `acl`: a row each, and one of NULLs where nobody was.
    static func holders(_ acl: String) -> String {
        """
        LEFT JOIN LATERAL (
            SELECT g.rolname AS grantee, e.privilege_type AS privilege, e.is_grantable AS grantable,
                   pg_get_userbyid(e.grantor) AS grantor
              FROM aclexplode(\(acl)) e JOIN pg_roles g ON g.oid = e.grantee
             WHERE g.rolname IN (SELECT json_array_elements_text($1::json))) AS h ON true
        """
    }

    /// The privilege in a row with `holders`; nil for one without, for what the owner holds by owning, and for privileges of
    /// kinds that came after this program.
    static func held(
        _ row: PostgreSQLRow, _ object: DatabaseObject, column: String? = nil, owner: String
    ) throws(EngineFailure) -> PostgreSQLHoldings.Held? {
        try single(row) { (row) throws(PostgreSQLError) -> PostgreSQLHoldings.Held? in
            guard let group = try row.optionalString("grantee"), ExactText(group) != ExactText(owner),
                let privilege = Privilege(configured: try row.string("privilege"))
            else { return nil }
            return PostgreSQLHoldings.Held(
                group: group, privilege: HeldPrivilege(privilege, on: object, column: column),
                isGrantable: try row.string("grantable") == "t", grantor: try row.string("grantor"),
                owner: owner)
        }
    }

    static func single<Value>(
        _ row: PostgreSQLRow, _ read: (PostgreSQLRow) throws(PostgreSQLError) -> Value
    ) throws(EngineFailure) -> Value {
        do throws(PostgreSQLError) { return try read(row) } catch { throw EngineFailure(error) }
    }
}
