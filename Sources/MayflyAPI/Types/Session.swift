public import Foundation

/// One connection that a login role has, or had, on its server.
public struct Session: WireObject {
    /// Its id on record.
    public var id: String
    /// Its lease.
    public var leaseId: String
    /// The database, by the configuration's name.
    public var database: String
    /// The lease's profile.
    public var profile: String
    /// The login role.
    public var role: String
    /// Who asked for the lease.
    public var requester: String
    /// The host of the standby that it is on; absent for the server that is written to.
    public var standby: String?
    /// PostgreSQL: the backend's pid. MariaDB and MySQL: the connection's id.
    public var number: Int64
    /// When it began.
    public var startedAt: Date
    /// Whether the server says so; else it was first seen then, and may be older.
    public var startKnown: Bool
    /// When a look at the server last found it.
    public var lastSeenAt: Date
    /// When it was found gone; absent while it is open.
    public var endedAt: Date?
    /// How it ended.
    public var how: SessionEnd?
    /// The database (schema) in the server that it is in.
    public var inDatabase: String?
    /// From where; absent for a Unix socket.
    public var clientAddress: String?
    /// The client's port.
    public var clientPort: Int?
    /// What the client calls itself, when it was first seen.
    public var application: String?
    /// Whether it is encrypted; absent where the server does not say.
    public var encrypted: Bool?
    /// The version of TLS, where the server says.
    public var tlsVersion: String?
    /// The cipher, where the server says.
    public var cipher: String?
    /// What is unlike all earlier sessions of the requester's: `new_address`, `new_application`.
    public var unlikeEarlier: [String]
    /// What it is doing, in the server's word, by the last look; absent when it has ended.
    public var state: String?
    /// Since when, by the server's clock.
    public var stateSince: Date?
    /// Since when a transaction is open.
    public var transactionSince: Date?
    /// From where it is known: `look`, or `server_log` where it was too short to be seen.
    public var source: String?
    /// What the server's log says of it, as far as the profile has it kept; only where one session is shown.
    public var timeline: [TimelineEntry]?
    /// What that does not tell.
    public var limits: [String]?
    /// For the next page of statements in the server's log; absent on the last.
    public var next: Int64?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case leaseId = "lease_id"
        case database
        case profile
        case role
        case requester
        case standby
        case number
        case startedAt = "started_at"
        case startKnown = "start_known"
        case lastSeenAt = "last_seen_at"
        case endedAt = "ended_at"
        case how
        case inDatabase = "in_database"
        case clientAddress = "client_address"
        case clientPort = "client_port"
        case application
        case encrypted
        case tlsVersion = "tls_version"
        case cipher
        case unlikeEarlier = "unlike_earlier"
        case state
        case stateSince = "state_since"
        case transactionSince = "transaction_since"
        case source
        case timeline
        case limits
        case next
    }

    public init(
        id: String, leaseId: String, database: String, profile: String, role: String, requester: String,
        standby: String? = nil, number: Int64, startedAt: Date, startKnown: Bool, lastSeenAt: Date,
        endedAt: Date? = nil, how: SessionEnd? = nil, inDatabase: String? = nil, clientAddress: String? = nil,
        clientPort: Int? = nil, application: String? = nil, encrypted: Bool? = nil, tlsVersion: String? = nil,
        cipher: String? = nil, unlikeEarlier: [String], state: String? = nil, stateSince: Date? = nil,
        transactionSince: Date? = nil, source: String? = nil, timeline: [TimelineEntry]? = nil,
        limits: [String]? = nil, next: Int64? = nil
    ) {
        self.next = next
        self.id = id
        self.leaseId = leaseId
        self.database = database
        self.profile = profile
        self.role = role
        self.requester = requester
        self.standby = standby
        self.number = number
        self.startedAt = startedAt
        self.startKnown = startKnown
        self.lastSeenAt = lastSeenAt
        self.endedAt = endedAt
        self.how = how
        self.inDatabase = inDatabase
        self.clientAddress = clientAddress
        self.clientPort = clientPort
        self.application = application
        self.encrypted = encrypted
        self.tlsVersion = tlsVersion
        self.cipher = cipher
        self.unlikeEarlier = unlikeEarlier
        self.state = state
        self.stateSince = stateSince
        self.transactionSince = transactionSince
        self.source = source
        self.timeline = timeline
        self.limits = limits
    }
}
