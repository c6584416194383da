import Foundation

/// The user's own option file of the MariaDB and MySQL clients.
enum UserDefaultsFile {
    /// Options that would lead a client away from a lease.
    private static let leading: Set<String> = [
        "host", "port", "socket", "protocol", "user", "password", "ssl", "ssl-mode", "ssl-ca", "skip-ssl",
        "ssl-verify-server-cert",
    ]

    /// Where it is; nil if there is none.
    static func path(_ environment: [String: String]) -> String? {
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        let path = "\(home)/.my.cnf"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// Which of its options would win over the lease's in a client that is started without an argument.
    static func conflicts(in text: String) -> [String] {
        var isForClients = false
        var found: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("[") {
                let group = String(line.dropFirst().prefix { $0 != "]" })
                isForClients =
                    group.hasPrefix("client") || ["mysql", "mariadb", "mariadb-client"].contains(group)
            } else if isForClients {
                let name = String(line.prefix { $0 != "=" && !$0.isWhitespace }).replacing("_", with: "-")
                if leading.contains(name), !found.contains(name) { found.append(name) }
            }
        }
        return found
    }

    /// Which options of the user's own file would win.
    static func conflicts(_ environment: [String: String]) -> [String] {
        guard let path = path(environment), let data = FileManager.default.contents(atPath: path) else {
            return []
        }
        return conflicts(in: String(decoding: data, as: UTF8.self))
    }

    /// Tells of a conflict: a client that the command starts by itself would not get the lease's credential.
    static func warn(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        let conflicts = conflicts(environment)
        guard !conflicts.isEmpty else { return }
        Console.warn(
            "~/.my.cnf sets \(conflicts.joined(separator: ", ")), which mysql and mariadb read last: "
                + "start them with --defaults-file=\"$MAYFLY_DEFAULTS_FILE\"")
    }
}
