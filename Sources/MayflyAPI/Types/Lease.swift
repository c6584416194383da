public import Foundation

/// The term of one login role.
public struct Lease: WireObject {
    /// The lease's id.
    public var id: String
    /// The request that it answers.
    public var requestId: String
    /// The profile.
    public var profile: String
    /// The database, by the configuration's name.
    public var database: String
    /// The kind of server.
    public var engine: EngineName
    /// The login role's name in the server.
    public var role: String
    /// Who asked.
    public var requester: String
    /// Who asked, by user id.
    public var requesterUid: UInt32
    /// Which of their identities asked: `uid:1001`, or `sub:ISSUER:SUBJECT` with a token.
    public var requesterIdentity: String?
    /// Why, in the requester's words.
    public var reason: String?
    /// The requester's reference.
    public var ticket: String?
    /// Where it stands.
    public var state: LeaseState
    /// Whether it ends with the connection that holds it.
    public var tethered: Bool
    /// Whether it was taken as break-glass, without approval.
    public var breakGlass: Bool?
    /// The tables that it is narrowed to as a whole; left out when it is not narrowed.
    public var tables: [String]?
    /// The columns of further tables that it is narrowed to.
    public var columns: [String]?
    /// The group role that holds this part of its profile's scope, once it was made.
    public var narrowedGroup: String?
    /// When it was recorded.
    public var createdAt: Date
    /// When access ends.
    public var expiresAt: Date
    /// Until when it can be renewed at most.
    public var endsLatestAt: Date
    /// When the login role was gone.
    public var endedAt: Date?
    /// Why it ended or is ending.
    public var endReason: EndReason?
    /// What hangs on a locked role, or what stopped a revocation, a line each.
    public var detail: [String]
    /// What a DBA would run where the broker may not: lines for the server's own client.
    public var statementForDba: String?
    /// How many attempts to end it have failed so far.
    public var attempts: Int?
    /// When it is tried again to end it. Revoking it again tries at once.
    public var nextAttemptAt: Date?
    /// How the broker acts in that server.
    public var mode: BrokerMode

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case requestId = "request_id"
        case profile
        case database
        case engine
        case role
        case requester
        case requesterUid = "requester_uid"
        case requesterIdentity = "requester_identity"
        case reason
        case ticket
        case state
        case tethered
        case breakGlass = "break_glass"
        case tables
        case columns
        case narrowedGroup = "narrowed_group"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case endsLatestAt = "ends_latest_at"
        case endedAt = "ended_at"
        case endReason = "end_reason"
        case detail
        case statementForDba = "statement_for_dba"
        case attempts
        case nextAttemptAt = "next_attempt_at"
        case mode
    }

    public init(
        id: String, requestId: String, profile: String, database: String, engine: EngineName, role: String,
        requester: String, requesterUid: UInt32, requesterIdentity: String? = nil, reason: String? = nil,
        ticket: String? = nil,
        state: LeaseState, tethered: Bool, breakGlass: Bool? = nil,
        tables: [String]? = nil, columns: [String]? = nil, narrowedGroup: String? = nil, createdAt: Date,
        expiresAt: Date,
        endsLatestAt: Date,
        endedAt: Date? = nil,
        endReason: EndReason? = nil, detail: [String], statementForDba: String? = nil, attempts: Int? = nil,
        nextAttemptAt: Date? = nil, mode: BrokerMode
    ) {
        self.id = id
        self.requestId = requestId
        self.profile = profile
        self.database = database
        self.engine = engine
        self.role = role
        self.requester = requester
        self.requesterUid = requesterUid
        self.requesterIdentity = requesterIdentity
        self.reason = reason
        self.ticket = ticket
        self.state = state
        self.tethered = tethered
        self.breakGlass = breakGlass
        self.tables = tables
        self.columns = columns
        self.narrowedGroup = narrowedGroup
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.endsLatestAt = endsLatestAt
        self.endedAt = endedAt
        self.endReason = endReason
        self.detail = detail
        self.statementForDba = statementForDba
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.mode = mode
    }
}
