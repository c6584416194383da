public import Foundation

/// A login role of ours in a server, beside its lease.
public struct ServerRole: WireObject {
    /// The database, by the configuration's name.
    public var database: String
    /// The kind of server.
    public var engine: EngineName
    /// The login role's name in the server.
    public var role: String
    /// How server and state agree.
    public var state: ServerRoleState
    /// What was done to it since it was issued, a sentence each.
    public var alterations: [String]
    /// Its lease, by the state or by the register.
    public var leaseId: String?
    /// Where its lease stands; absent when the state does not know it.
    public var leaseState: LeaseState?
    /// The profile.
    public var profile: String?
    /// Who asked, by the state or by the register.
    public var requester: String?
    /// Why, in the requester's words.
    public var reason: String?
    /// The requester's reference.
    public var ticket: String?
    /// Whose approval it took.
    public var approvedBy: [String]
    /// When it was asked for or made.
    public var since: Date?
    /// When access ends.
    public var until: Date?
    /// Whether it can log in; absent when it is gone.
    public var canLogin: Bool?
    /// Sessions now; absent where an older guard does not say.
    public var sessions: Int?
    /// The group roles that it was issued with.
    public var groups: [String]
    /// How many privileges these have, a line for each object, at most 201; absent where the server does not tell.
    public var privileges: Int?
    /// How many objects it owns, in all databases of the server.
    public var ownedObjects: Int?
    /// How large its tables are, in the databases of the configuration; absent where that could not be measured.
    public var ownedBytes: Int64?
    /// What everybody on the server can read on it (PostgreSQL).
    public var comment: String?
    /// What a DBA would look at it with.
    public var statementForDba: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case engine
        case role
        case state
        case alterations
        case leaseId = "lease_id"
        case leaseState = "lease_state"
        case profile
        case requester
        case reason
        case ticket
        case approvedBy = "approved_by"
        case since
        case until
        case canLogin = "can_login"
        case sessions
        case groups
        case privileges
        case ownedObjects = "owned_objects"
        case ownedBytes = "owned_bytes"
        case comment
        case statementForDba = "statement_for_dba"
    }

    public init(
        database: String, engine: EngineName, role: String, state: ServerRoleState, alterations: [String],
        leaseId: String? = nil, leaseState: LeaseState? = nil, profile: String? = nil,
        requester: String? = nil, reason: String? = nil, ticket: String? = nil, approvedBy: [String],
        since: Date? = nil, until: Date? = nil, canLogin: Bool? = nil, sessions: Int? = nil, groups: [String],
        privileges: Int? = nil, ownedObjects: Int? = nil, ownedBytes: Int64? = nil, comment: String? = nil,
        statementForDba: String? = nil
    ) {
        self.database = database
        self.engine = engine
        self.role = role
        self.state = state
        self.alterations = alterations
        self.leaseId = leaseId
        self.leaseState = leaseState
        self.profile = profile
        self.requester = requester
        self.reason = reason
        self.ticket = ticket
        self.approvedBy = approvedBy
        self.since = since
        self.until = until
        self.canLogin = canLogin
        self.sessions = sessions
        self.groups = groups
        self.privileges = privileges
        self.ownedObjects = ownedObjects
        self.ownedBytes = ownedBytes
        self.comment = comment
        self.statementForDba = statementForDba
    }
}
