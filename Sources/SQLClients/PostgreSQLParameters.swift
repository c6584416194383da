/// Where and as whom to connect.
///
/// Each field travels to libpq as a value of its own, never as part of a string that libpq would parse:
/// a password with `@ / # { } ' \` is a password and nothing else.
package struct PostgreSQLParameters: Sendable {
    package typealias TLS = ServerTLS

    /// Tried in order; names, addresses, or directories of Unix sockets (with a leading `/`).
    package var hosts: [String]
    package var port: Int
    package var database: String
    package var user: String
    package var password: AccountPassword?
    package var tls: TLS
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// Whether a standby (or a session that is read-only for another reason) is passed over.
    package var requiresWritable: Bool
    /// Settings of the session, by name: sent at its start, by libpq's `options`.
    package var settings: [String: String]

    package init(
        hosts: [String], port: Int = 5432, database: String, user: String, password: AccountPassword? = nil,
        tls: TLS, applicationName: String = "mayfly", requiresWritable: Bool = true,
        settings: [String: String] = [:]
    ) {
        self.hosts = hosts
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.tls = tls
        self.applicationName = applicationName
        self.requiresWritable = requiresWritable
        self.settings = settings
    }
}
