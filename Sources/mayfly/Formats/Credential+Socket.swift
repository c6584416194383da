import MayflyAPI

extension Credential {
    /// Whether the host is a Unix socket: its directory (PostgreSQL) or its path (MariaDB, MySQL).
    var isSocket: Bool { host.hasPrefix("/") }
}
