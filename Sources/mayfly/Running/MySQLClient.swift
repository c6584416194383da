/// MariaDB's and MySQL's own clients, which take their credential from a file that is named first.
enum MySQLClient {
    private static let names: Set<String> = [
        "mysql", "mysqldump", "mysqladmin", "mysqlcheck", "mysqlimport", "mysqlshow", "mysqlslap", "mariadb",
        "mariadb-dump", "mariadb-admin", "mariadb-check", "mariadb-import", "mariadb-show", "mariadb-slap",
    ]

    /// Whether the command is one of them.
    static func reads(_ command: String) -> Bool {
        names.contains(String(command.split(separator: "/").last ?? ""))
    }

    /// Whether the user says already which files to read.
    static func hasDefaults(_ words: [String]) -> Bool {
        words.dropFirst().first.map { word in
            ["--defaults-file", "--defaults-extra-file", "--no-defaults"].contains(where: word.hasPrefix)
        } ?? false
    }
}
