/// Which software a server runs.
package enum EngineKind: String, Sendable, Codable, CaseIterable {
    case postgresql, mariadb, mysql
}

/// A server and database that the broker administers.
package struct DatabaseDefinition: Hashable, Sendable {
    package enum TLSMode: String, Sendable, Codable, CaseIterable {
        /// Certificate and host name are verified.
        case verifyFull = "verify-full"
        /// The certificate is verified, the name is not.
        case verifyCA = "verify-ca"
        /// No TLS, in so many words: allowed for a local socket, loopback, or where somebody insists.
        case disable
    }

    package struct TLS: Hashable, Sendable {
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

    package struct Account: Hashable, Sendable {
        package var user: String
        /// MariaDB and MySQL: from where the broker connects, the host part of its account's name.
        package var host: String?
        package var password: PasswordSource
        package init(user: String, host: String? = nil, password: PasswordSource) {
            self.user = user
            self.host = host
            self.password = password
        }
    }

    /// How MariaDB checks a login role's password.
    package enum Authentication: String, Sendable, Codable, CaseIterable {
        /// `mysql_native_password`, which every driver has.
        case native
        /// A plugin of the server's that has to be loaded first; some drivers need another library for it.
        case ed25519
    }

    /// How login roles are made on MariaDB and MySQL, where a role's name has two parts.
    package struct LoginAccounts: Hashable, Sendable {
        /// From where they may log in: the host part of their names, such as `10.1.%` or `localhost`.
        package var host: String
        /// MySQL has but one: `caching_sha2_password`.
        package var authentication: Authentication
        package init(host: String, authentication: Authentication = .native) {
            self.host = host
            self.authentication = authentication
        }
    }

    /// What the requester is told to connect to.
    package struct Endpoint: Hashable, Sendable {
        package var host: String
        package var port: Int
        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// What the guard is told to enforce, printed into its install script.
    package struct Ceilings: Hashable, Sendable {
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

    /// Through what the broker acts on the server.
    package enum Mode: String, Sendable, Codable, CaseIterable {
        /// Through the guard's functions alone.
        case `guard`
        /// With rights of its own account's, where functions may not be installed.
        case direct
    }

    /// What becomes of roles of ours that no living lease knows.
    package enum Orphans: String, Sendable, Codable, CaseIterable {
        case report, drop
    }

    /// What becomes of leases whose role was altered behind our back.
    package enum Altered: String, Sendable, Codable, CaseIterable {
        /// Put on record and shown. One that got a power that no lease may have is revoked all the same.
        case report
        /// Whatever was altered, the lease is revoked.
        case revoke
    }

    package var name: DatabaseName
    package var engine: EngineKind
    package var mode: Mode
    /// Host names, addresses, or one directory of a Unix socket (MariaDB, MySQL: the socket itself); the writable
    /// server among them is found.
    package var hosts: [String]
    package var replicas: [String]
    package var port: Int
    /// The database that login roles connect to.
    package var database: String
    /// Other databases of the same server where a login role may leave something.
    package var also: [String]
    /// The database (MariaDB, MySQL: the schema) that the guard is installed in.
    package var guardDatabase: String
    package var client: Endpoint?
    package var tls: TLS
    package var account: Account
    /// MariaDB and MySQL only.
    package var loginAccounts: LoginAccounts?
    /// Connections held open.
    package var connections: Int
    /// Deadline of one call to the server, in seconds.
    package var timeoutSeconds: Int
    package var ceilings: Ceilings
    package var orphans: Orphans
    /// How often group roles are held against the profiles' scopes, in seconds.
    package var driftSeconds: Int
    package var altered: Altered
    /// Where the server's log can be read.
    package var serverLog: ServerLogSource?
    package var retired: Bool

    package init(
        name: DatabaseName, engine: EngineKind, mode: Mode = .guard, hosts: [String], replicas: [String] = [],
        port: Int,
        database: String, also: [String] = [], guardDatabase: String = "mayfly", client: Endpoint? = nil,
        tls: TLS, account: Account, loginAccounts: LoginAccounts? = nil, connections: Int = 4,
        timeoutSeconds: Int = 10,
        ceilings: Ceilings = .init(), orphans: Orphans = .report, altered: Altered = .report,
        driftSeconds: Int = 600, serverLog: ServerLogSource? = nil,
        retired: Bool = false
    ) {
        self.name = name
        self.engine = engine
        self.mode = mode
        self.hosts = hosts
        self.replicas = replicas
        self.port = port
        self.database = database
        self.also = also
        self.guardDatabase = guardDatabase
        self.client = client
        self.tls = tls
        self.account = account
        self.loginAccounts = loginAccounts
        self.connections = connections
        self.timeoutSeconds = timeoutSeconds
        self.ceilings = ceilings
        self.orphans = orphans
        self.driftSeconds = driftSeconds
        self.altered = altered
        self.serverLog = serverLog
        self.retired = retired
    }

    /// What a requester connects to.
    package var endpoint: Endpoint { client ?? Endpoint(host: hosts.first ?? "", port: port) }
}

extension DatabaseDefinition {
    /// Whether the server is reached through a Unix socket.
    package var isOverSocket: Bool { hosts.contains { $0.hasPrefix("/") } }

    /// The host part of the broker's own account on MariaDB and MySQL, as configured or as far as can be known: over a
    /// socket a server says `localhost`.
    package var accountHost: String { account.host ?? (isOverSocket ? "localhost" : "%") }

    /// How login roles are made on MariaDB and MySQL, as configured or as is likely to work.
    package var madeAccounts: LoginAccounts {
        loginAccounts ?? LoginAccounts(host: isOverSocket && client == nil ? "localhost" : "%")
    }
}
