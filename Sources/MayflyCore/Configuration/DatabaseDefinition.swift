/// Which software a server runs.
package enum EngineKind: String, Sendable, Codable, CaseIterable {
    case postgresql, mariadb, mysql
}

/// A server and database that the broker administers.
package struct DatabaseDefinition: Hashable, Sendable, Codable {
    package enum TLSMode: String, Sendable, Codable, CaseIterable {
        /// Certificate and host name are verified.
        case verifyFull = "verify-full"
        /// The certificate is verified, the name is not.
        case verifyCA = "verify-ca"
        /// No TLS, in so many words: allowed for a local socket, loopback, or where somebody insists.
        case disable
    }

    package struct TLS: Hashable, Sendable, Codable {
        package var mode: TLSMode
        /// Path of a PEM file; nil means the system's trust store.
        package var ca: String?
        package init(mode: TLSMode, ca: String? = nil) {
            self.mode = mode
            self.ca = ca
        }
    }

    /// Where the password of the broker's account is read from, at each connect, so that it can be rotated.
    package enum PasswordSource: Hashable, Sendable, Codable {
        case file(String)
        case environment(String)
        /// A file below `$CREDENTIALS_DIRECTORY` (systemd's LoadCredential).
        case systemdCredential(String)
        /// No password: peer or certificate authentication.
        case none
    }

    package struct Account: Hashable, Sendable, Codable {
        package var user: String
        package var password: PasswordSource
        package init(user: String, password: PasswordSource) {
            self.user = user
            self.password = password
        }
    }

    /// What the requester is told to connect to.
    package struct Endpoint: Hashable, Sendable, Codable {
        package var host: String
        package var port: Int
        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// What the guard is told to enforce, printed into its install script.
    package struct Ceilings: Hashable, Sendable, Codable {
        /// No lease of this server lives longer.
        package var maxTTL: TTL
        package var maxLive: Int
        package var maxIssuesPerMinute: Int
        package init(maxTTL: TTL = .ceiling, maxLive: Int = 5000, maxIssuesPerMinute: Int = 6000) {
            self.maxTTL = maxTTL
            self.maxLive = maxLive
            self.maxIssuesPerMinute = maxIssuesPerMinute
        }
    }

    package var name: DatabaseName
    package var engine: EngineKind
    /// Host names, addresses, or one directory of a Unix socket; the writable server among them is found.
    package var hosts: [String]
    package var replicas: [String]
    package var port: Int
    /// The database that login roles connect to.
    package var database: String
    /// Other databases of the same server where a login role may leave something.
    package var also: [String]
    /// The database that the guard is installed in.
    package var guardDatabase: String
    package var client: Endpoint?
    package var tls: TLS
    package var account: Account
    /// Connections held open.
    package var connections: Int
    /// Deadline of one call to the server, in seconds.
    package var timeoutSeconds: Int
    package var ceilings: Ceilings
    package var retired: Bool

    package init(
        name: DatabaseName, engine: EngineKind, hosts: [String], replicas: [String] = [], port: Int,
        database: String, also: [String] = [], guardDatabase: String = "mayfly", client: Endpoint? = nil,
        tls: TLS, account: Account, connections: Int = 4, timeoutSeconds: Int = 10,
        ceilings: Ceilings = .init(),
        retired: Bool = false
    ) {
        self.name = name
        self.engine = engine
        self.hosts = hosts
        self.replicas = replicas
        self.port = port
        self.database = database
        self.also = also
        self.guardDatabase = guardDatabase
        self.client = client
        self.tls = tls
        self.account = account
        self.connections = connections
        self.timeoutSeconds = timeoutSeconds
        self.ceilings = ceilings
        self.retired = retired
    }

    /// What a requester connects to.
    package var endpoint: Endpoint { client ?? Endpoint(host: hosts.first ?? "", port: port) }
}
