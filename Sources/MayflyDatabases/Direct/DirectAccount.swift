package import MayflyCore

/// The broker's own account where there is no guard (`mode: direct`): the statements that a DBA runs for it.
package struct DirectAccount: Sendable {
    private let definition: DatabaseDefinition
    private let profiles: [Profile]

    /// - Parameter profiles: those that issue from this server; their groups are what the account hands on.
    package init(_ definition: DatabaseDefinition, _ profiles: [Profile]) {
        self.definition = definition
        self.profiles = profiles
    }

    /// What it needs on everything, and nothing beyond.
    static func globalRights(_ engine: EngineKind) -> [String] {
        switch engine {
        case .postgresql: []
        case .mariadb: ["CREATE USER", "PROCESS", "CONNECTION ADMIN", "SHOW VIEW", "TRIGGER"]
        case .mysql:
            ["CREATE USER", "PROCESS", "SHOW VIEW", "TRIGGER", "EVENT", "CONNECTION_ADMIN", "SHOW_ROUTINE"]
        }
    }

    var hint: String {
        "\(definition.engine == .mysql ? "mysql" : "mariadb") < FILE, with the output of `mayflyd guard print \(definition.name)`"
    }

    /// A script for the server's client.
    package func script() throws(EngineFailure) -> String {
        let head = """
            -- mode: direct. There is no guard to install for \(definition.name.rawValue): the broker works with rights of its
            -- own account's, which these statements give. \(definition.risk ?? "")


            """
        return head + (definition.engine == .postgresql ? try postgresql() : try mariadb())
    }

    private var groups: [String] { Set(profiles.flatMap(\.memberOf)).sorted() }

    private func postgresql() throws(EngineFailure) -> String {
        let account = try PostgreSQLQuoting.identifier(definition.account.user)
        var lines = [
            "CREATE ROLE \(account) LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;",
            "-- its password: \\password \(account)    (and pg_hba.conf: scram-sha-256)",
            "GRANT pg_signal_backend TO \(account);    -- to end sessions",
        ]
        for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
            lines.append(
                "GRANT CONNECT ON DATABASE \(try PostgreSQLQuoting.identifier(database)) TO \(account);")
        }
        lines += [
            "-- Since 16 it may hand on only what it has ADMIN on; before, CREATEROLE hands on every group.",
            "SELECT current_setting('server_version_num')::int >= 160000 AS since16 \\gset", "\\if :since16",
        ]
        for group in groups { lines.append(try handingOn(group)) }
        return lines.joined(separator: "\n") + "\n\\endif\n"
    }

    private func mariadb() throws(EngineFailure) -> String {
        let account = try MariaDBQuoting.account(definition.account.user, host: definition.accountHost)
        var lines = [
            "CREATE USER IF NOT EXISTS \(account) ACCOUNT LOCK;",
            "-- its password: ALTER USER \(account) IDENTIFIED BY '...' ACCOUNT UNLOCK;",
        ]
        for right in Self.globalRights(definition.engine) {
            lines.append("GRANT \(right) ON *.* TO \(account);")
        }
        if definition.engine == .mysql {
            let columns =
                ["Host", "User", "account_locked", "User_attributes"]
                + MariaDBRight.columnsOfUser.map { $0 + "_priv" }
            lines.append("GRANT SELECT (\(columns.joined(separator: ", "))) ON mysql.user TO \(account);")
            for table in [
                "global_grants", "role_edges", "db", "tables_priv", "columns_priv", "procs_priv",
                "proxies_priv",
            ] {
                lines.append("GRANT SELECT ON mysql.\(table) TO \(account);")
            }
        } else {
            lines.append(
                "GRANT SELECT, UPDATE ON mysql.* TO \(account);    -- UPDATE: for SET DEFAULT ROLE ... FOR")
        }
        for group in groups { lines.append(try handingOn(group)) }
        return lines.joined(separator: "\n") + "\n"
    }

    func handingOn(_ group: String) throws(EngineFailure) -> String {
        switch definition.engine {
        case .postgresql:
            "GRANT \(try PostgreSQLQuoting.identifier(group)) TO "
                + "\(try PostgreSQLQuoting.identifier(definition.account.user)) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
        case .mariadb, .mysql:
            "GRANT \(try MariaDBQuoting.identifier(group, limit: 128)) TO "
                + "\(try MariaDBQuoting.account(definition.account.user, host: definition.accountHost)) WITH ADMIN OPTION;"
        }
    }
}

extension Finding {
    /// For who would read the guard as a DBA.
    static var noGuard: Finding { Finding(.note, "guard", "mode direct: there is no guard to read") }
}
