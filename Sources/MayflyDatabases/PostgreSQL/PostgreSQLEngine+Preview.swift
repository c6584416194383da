package import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// The statements of the guard's `make_role` and `issue`, which a test runs beside the guard's own.
    package func preview(_ order: RoleOrder) async throws(EngineFailure) -> RolePreview {
        var groups = order.groups
        var statements: [String] = []
        // Its sessions can use all that an owner has, too.
        let owners = [order.owner].compactMap { $0 }
        var privileges = try await effectivePrivileges(of: groups + owners)
        if let scope = NarrowedScope(of: order.groups, to: order.narrowing) {
            let narrowed = try await preview(scope)
            groups = [narrowed.group]
            statements = narrowed.statements
            let others = owners.isEmpty ? privileges : try await effectivePrivileges(of: owners)
            privileges = EffectivePrivileges(
                narrowed.privileges.entries
                    + others.entries.filter { $0.isPublic || !owners.isEmpty })
        }
        let role = try PostgreSQLQuoting.identifier(
            order.role.rawValue.dropLast(RoleName.randomLength) + "‹random›")
        statements.append(
            "CREATE ROLE \(role) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT "
                + "CONNECTION LIMIT \(order.connectionLimit) PASSWORD '‹verifier›' VALID UNTIL '‹now + \(order.ttl)›'"
        )
        let comment =
            "mayfly installation=\(installation.name) lease=‹lease› until=‹end› requester=\(order.requester)"
        statements.append("COMMENT ON ROLE \(role) IS \(try PostgreSQLQuoting.literal(comment))")
        for (name, value) in order.settings.sorted(by: { $0.key < $1.key }) {
            statements.append(
                "ALTER ROLE \(role) SET \(try PostgreSQLQuoting.identifier(name)) TO \(try Self.value(value, of: name))"
            )
        }
        var names: [String] = []
        for group in groups { names.append(try PostgreSQLQuoting.identifier(group)) }
        let options = try await majorVersion() >= 16 ? " WITH INHERIT TRUE, SET FALSE" : ""
        statements.append("GRANT \(names.joined(separator: ", ")) TO \(role)\(options)")
        for owner in owners {
            let options = try await majorVersion() >= 16 ? " WITH INHERIT FALSE, SET TRUE" : ""
            let name = try PostgreSQLQuoting.identifier(owner)
            statements += ["ALTER ROLE \(role) SET role TO \(name)", "GRANT \(name) TO \(role)\(options)"]
        }
        return RolePreview(statements: statements, privileges: privileges)
    }

    /// Lists of names are set as lists.
    private static func value(_ text: String, of setting: String) throws(EngineFailure) -> String {
        guard ["search_path", "temp_tablespaces"].contains(setting) else {
            return try PostgreSQLQuoting.literal(text)
        }
        var names: [String] = []
        for name in text.split(separator: /\ *,\ */) {
            names.append(try PostgreSQLQuoting.literal(String(name)))
        }
        return names.joined(separator: ", ")
    }

    private func majorVersion() async throws(EngineFailure) -> Int {
        do throws(PostgreSQLError) {
            return try await guardPool.withConnection(.ending, by: deadline) {
                (connection) throws(PostgreSQLError) in
                await connection.server.majorVersion
            }
        } catch { throw EngineFailure(error) }
    }
}
