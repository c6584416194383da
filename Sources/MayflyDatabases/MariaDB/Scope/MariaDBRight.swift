/// How the servers' own tables call a right, and how GRANT does.
enum MariaDBRight {
    /// - Parameter text: from a SET column (`Create View`), the name of a column without its `_priv` (`Create_tmp_table`), or a
    ///   dynamic privilege of MySQL's (`BACKUP_ADMIN`).
    static func word(_ text: some StringProtocol) -> String {
        switch text.lowercased() {
        case "grant": "GRANT OPTION"
        case "create_tmp_table": "CREATE TEMPORARY TABLES"
        case "delete versioning rows": "DELETE HISTORY"
        case "show_db": "SHOW DATABASES"
        case "repl_slave": "REPLICATION SLAVE"
        case "repl_client": "REPLICATION CLIENT"
        default:
            // A name in capitals is one that the server takes to the letter.
            text.uppercased() == text ? String(text) : text.uppercased().replacing("_", with: " ")
        }
    }

    /// What a list of them says, by commas.
    static func words(_ list: String) -> [String] { list.split(separator: ",").map(word) }

    /// MariaDB's rights on everything, by the bits of `mysql.global_priv`; a bit that has no name here as `BIT 63`, which no
    /// statement takes.
    ///
    /// Source: `sql/privilege.h` of MariaDB 11.8.
    static func words(bits: UInt64) -> [String] {
        (0..<64).filter { bits & (1 << UInt64($0)) != 0 }.map { bit in
            bit < ofEverything.count ? ofEverything[bit] : "\(unnamed)\(bit)"
        }
    }

    static let unnamed = "BIT "

    private static let ofEverything = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "RELOAD", "SHUTDOWN", "PROCESS", "FILE",
        "GRANT OPTION", "REFERENCES", "INDEX", "ALTER", "SHOW DATABASES", "SUPER", "CREATE TEMPORARY TABLES",
        "LOCK TABLES", "EXECUTE", "REPLICATION SLAVE", "BINLOG MONITOR", "CREATE VIEW", "SHOW VIEW",
        "CREATE ROUTINE", "ALTER ROUTINE", "CREATE USER", "EVENT", "TRIGGER", "CREATE TABLESPACE",
        "DELETE HISTORY", "SET USER", "FEDERATED ADMIN", "CONNECTION ADMIN", "READ_ONLY ADMIN",
        "REPLICATION SLAVE ADMIN", "REPLICATION MASTER ADMIN", "BINLOG ADMIN", "BINLOG REPLAY",
        "SLAVE MONITOR",
        "SHOW CREATE ROUTINE",
    ]

    /// MySQL's columns of `mysql.user` that are rights on everything, without their `_priv`.
    static let columnsOfUser = [
        "Select", "Insert", "Update", "Delete", "Create", "Drop", "Reload", "Shutdown", "Process", "File",
        "Grant",
        "References", "Index", "Alter", "Show_db", "Super", "Create_tmp_table", "Lock_tables", "Execute",
        "Repl_slave", "Repl_client", "Create_view", "Show_view", "Create_routine", "Alter_routine",
        "Create_user",
        "Event", "Trigger", "Create_tablespace", "Create_role", "Drop_role",
    ]
}
