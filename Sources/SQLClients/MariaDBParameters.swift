/// Where and as whom to connect to MariaDB or MySQL.
///
/// Each field travels to libmariadb as a value of its own; no option file and no variable of the environment is
/// read.
package struct MariaDBParameters: Sendable {
    package typealias TLS = ServerTLS

    /// Tried in order; names, addresses, or paths of Unix sockets (with a leading `/`).
    package var hosts: [String]
    package var port: Int
    package var database: String?
    package var user: String
    package var password: AccountPassword?
    package var tls: TLS
    /// A connection attribute, shown in `performance_schema`.
    package var applicationName: String
    /// Whether a server that is `read_only` is passed over.
    package var requiresWritable: Bool
    /// After which the server gives up on a statement by itself. MySQL has this for SELECT only.
    package var statementTimeout: Duration?

    package init(
        hosts: [String], port: Int = 3306, database: String? = nil, user: String,
        password: AccountPassword? = nil, tls: TLS, applicationName: String = "mayfly",
        requiresWritable: Bool = true, statementTimeout: Duration? = nil
    ) {
        self.hosts = hosts
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.tls = tls
        self.applicationName = applicationName
        self.requiresWritable = requiresWritable
        self.statementTimeout = statementTimeout
    }

    /// The methods of authentication that a server at `host` may choose from.
    ///
    /// With the first two the password is proven and never sent. `caching_sha2_password` sends it: in clear over a
    /// local socket or TLS, elsewhere encrypted with whatever RSA key the other end shows. So it is for servers that
    /// are known to be the right one. `mysql_clear_password`, `dialog` and whatever else is installed: never.
    func authenticationPlugins(host: String) -> [String] {
        let isKnown = Self.isSocket(host) || tls.verifiesServer
        return ["mysql_native_password", "client_ed25519"] + (isKnown ? ["caching_sha2_password"] : [])
    }

    static func isSocket(_ host: String) -> Bool { host.hasPrefix("/") }
}

extension MariaDBParameters {
    /// C strings end at a NUL: it may not be in what we pass.
    func validate() throws(MariaDBError) {
        guard !hosts.isEmpty else { throw .invalidValue("no host") }
        guard (1...65_535).contains(port) else { throw .invalidValue("port \(port)") }
        let texts =
            [("user", user), ("application name", applicationName)] + hosts.map { ("host", $0) }
            + (database.map { [("database", $0)] } ?? [])
        for (name, text) in texts {
            guard !text.isEmpty else { throw .invalidValue("\(name) is empty") }
            guard !text.utf8.contains(0) else { throw .invalidValue("\(name) contains NUL") }
        }
        if let password, password.containsNUL { throw .invalidValue("the password contains NUL") }
        // The library cuts what is longer, and so would log in as, or to, something else.
        guard user.utf8.count <= 128 else { throw .invalidValue("the user's name has over 128 bytes") }
        guard database?.utf8.count ?? 0 <= 64 * 4 else {
            throw .invalidValue("the database's name is too long")
        }
    }
}
