import MayflyAPI

/// An option file of the MariaDB and MySQL clients: https://mariadb.com/kb/en/configuring-mariadb-with-option-files/
enum DefaultsFile {
    /// Whose client reads it: options that only the other one knows are a warning at best.
    enum Dialect {
        case any
        case mariadb
        case mysql
    }

    static func lines(_ credential: Credential, for dialect: Dialect = .any) -> [String] {
        var lines = ["[client]"]
        if credential.isSocket {
            // The host too: one of the user's own would win over the socket.
            lines += ["protocol=SOCKET", "host=localhost", "socket=\(quoted(credential.host))"]
        } else {
            lines += ["protocol=TCP", "host=\(quoted(credential.host))", "port=\(credential.port)"]
        }
        lines += ["user=\(quoted(credential.username))", "password=\(quoted(credential.password))"]
        if let ca = credential.tls.ca { lines.append("ssl-ca=\(quoted(ca))") }
        if dialect != .mariadb, let mode = MySQLTLS.mode(credential.tls.mode) {
            // "loose": MariaDB's client, which has no such option, warns and goes on.
            lines.append(dialect == .any ? "loose-ssl-mode=\(mode)" : "ssl-mode=\(mode)")
        }
        // A group of its own: other clients don't look into it.
        if dialect != .mysql { lines += ["[client-mariadb]"] + mariadbTLS(credential.tls.mode) }
        // Not under [client], where mysqldump and others would not know it.
        return lines + ["[mysql]", "database=\(quoted(credential.database))"]
    }

    private static func mariadbTLS(_ mode: TLSMode) -> [String] {
        switch mode {
        case .disable: ["skip-ssl"]
        case .require: ["ssl", "skip-ssl-verify-server-cert"]
        // MariaDB's client verifies the name whenever it verifies.
        default: ["ssl", "ssl-verify-server-cert"]
        }
    }

    /// In double quotes: `#` would begin a comment, and spaces at the ends would go.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
