package import MayflyCore

extension MariaDBGuard {
    /// What a DBA runs who lets leases be narrowed: the rights on rows that profiles' grants name, for the guard's account,
    /// to hand on. What takes a catalogue to be named is a comment.
    package func narrowingScript(_ profiles: [Profile]) throws(EngineFailure) -> String {
        var lines = [
            "-- Lets leases of these profiles be narrowed to some tables or columns: the guard's account gets what it then hands",
            "-- on to narrowed groups (mfn_...), in its procedures alone. Take out what is not to be narrowed. To undo a line:",
            "-- REVOKE the same from mayfly_guard@localhost; narrowed leases keep what they have until CALL mayfly.tend().",
        ]
        if module == .mysql {
            lines += [
                "-- To hand on roles that it made. It could hand on any other, so that only its procedures keep it from that.",
                "GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost;",
                "-- Under partial_revokes, write `_` and `%` in the names of schemas without a backslash.",
            ]
        }
        let statements = try MariaDBGrantStatements(account: "mayfly_guard@localhost")
        for profile in profiles.sorted(by: { $0.name < $1.name }) {
            lines.append("-- profile \(profile.name)")
            guard let scope = profile.scope else {
                lines.append(
                    "-- GRANT SELECT ON `SCHEMA`.`TABLE` TO mayfly_guard@localhost WITH GRANT OPTION;")
                continue
            }
            let named = MariaDBNamedScope(
                scope, for: definition.engine, schemaPattern: MariaDBSchemaPattern(isLiteral: false))
            lines += named.open.filter { !$0.contains("\n") }.map { "-- by hand, the tables that fit: \($0)" }
            let rights = Set(named.named.compactMap(Self.ofRows))
            lines += try statements.grant(rights).map { "\($0) WITH GRANT OPTION;" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A right on the rows of a table or a schema; for columns, on their table, as rights on all of it are asked of the guard.
    private static func ofRows(_ grant: MariaDBGrant) -> MariaDBGrant? {
        guard ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(grant.word) else { return nil }
        switch grant.level {
        case .schema, .table: return grant
        case .column(let schema, let table, _):
            return MariaDBGrant(level: .table(schema: schema, table), word: grant.word)
        case .everything, .routine, .account: return nil
        }
    }
}
