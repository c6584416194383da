import MayflyTesting
import SQLClients

/// One table of a scope, as `mayfly.narrow` takes it.
struct MariaDBNarrowedPart: Sendable {
    let json: String

    /// - Parameters:
    ///   - place: the schema; nil for the one where the group has something on a table of that name.
    ///   - columns: nil for all.
    init(_ table: String, in place: String? = "app", _ columns: [String]? = nil) {
        let quoted = MariaDBGuardMember.string
        let list = columns.map { "[" + $0.map(quoted).joined(separator: ", ") + "]" } ?? "null"
        json = """
            {"schema": \(place.map(quoted) ?? "null"), "table": \(quoted(table)), "columns": \(list)}
            """
    }
}

extension MariaDBGuardServer {
    /// A server where a DBA lets the guard narrow SELECT and INSERT on the schema `app`.
    static func startNarrowing() async throws -> MariaDBGuardServer {
        let guarded = try await start()
        try await guarded.server.client(
            script: "GRANT SELECT, INSERT ON app.* TO mayfly_guard@localhost WITH GRANT OPTION;")
        if guarded.server.isMySQL {
            try await guarded.server.execute("GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost")
        }
        return guarded
    }

    func narrow(
        _ parts: [MariaDBNarrowedPart], of base: String = "orders_readonly", before: [String] = []
    ) async throws -> [MariaDBRow] {
        let scope = parts.map(\.json).joined(separator: ", ")
        let batch = #"[{"bases": [\#(MariaDBGuardMember.string(base))], "scope": [\#(scope)]}]"#
        return try await call("narrow", batch, before: before)
    }

    /// `app.orders.id Select`, of whatever level.
    func rights(of group: String) async throws -> [String] {
        try await server.execute(
            """
            SELECT CONCAT(Db, '.*') AS line FROM mysql.db WHERE User = ?
             UNION ALL SELECT CONCAT(Db, '.', Table_name, ' ', Table_priv) FROM mysql.tables_priv
                        WHERE User = ? AND Table_priv <> ''
             UNION ALL SELECT CONCAT(Db, '.', Table_name, '.', Column_name, ' ', Column_priv) FROM mysql.columns_priv
                        WHERE User = ? ORDER BY 1
            """, [group, group, group]
        ).map { try $0.string("line") }
    }

    func tend() async throws -> [[String?]] {
        try await rows("tend").map(\.values)
    }

    /// Why no new lease uses a narrowed group.
    func fault(of group: String) async throws -> String? {
        try only(
            Array(try await server.execute("SELECT fault FROM mayfly.narrowed WHERE name = ?", [group]))
        ).optionalString("fault")
    }
}
