public import Foundation

/// One lease, and all that is on record about how it came to be.
public struct AccessEntry: WireObject {
    /// The lease's id.
    public var leaseId: String
    /// The request that it answers.
    public var requestId: String
    /// Who had it.
    public var requester: String
    /// Their user id.
    public var requesterUid: UInt32
    /// Which of their identities: `uid:1001`, or `sub:ISSUER:SUBJECT` with a token.
    public var requesterIdentity: String
    /// Whom that is counted as.
    public var person: String
    /// Where.
    public var database: String
    /// What.
    public var profile: String
    /// The login role's name in the server.
    public var role: String
    /// The group roles whose privileges it carried.
    public var memberOf: [String]
    /// The tables that it was narrowed to as a whole; left out when it was not narrowed.
    public var tables: [String]?
    /// The columns of further tables that it was narrowed to.
    public var columns: [String]?
    /// Why, in the requester's words.
    public var reason: String?
    /// The requester's reference.
    public var ticket: String?
    /// When it was asked for.
    public var askedAt: Date
    /// When it was recorded, a moment before its role was made.
    public var issuedAt: Date
    /// When access ends, or would have ended.
    public var expiresAt: Date
    /// When its login role was gone.
    public var endedAt: Date?
    /// Where it stands.
    public var state: LeaseState
    /// Why it ended or is ending.
    public var endReason: EndReason?
    /// Who, or what, allowed it.
    public var allowedBy: AllowedBy
    /// The rule by which.
    public var rule: String?
    /// What people said, in order.
    public var decisions: [AccessDecision]
    /// For break-glass: its review.
    public var review: AccessVerdict?
    /// The TTL that was asked for; absent where it was left to the profile.
    public var askedSeconds: Int?
    /// How long it was to live in all, renewals and extensions included.
    public var givenSeconds: Int
    /// How long it gave access, until now or its end.
    public var livedSeconds: Int
    /// How many connections were seen; one that began and ended between two looks at the server is not.
    /// Absent where nobody looked: that is not none.
    public var sessions: Int?
    /// How many statements ran in them. Absent where that is not known.
    public var statements: Int?
    /// Which tables they touched. Absent where that is not known.
    public var tablesTouched: [String]?
    /// When it was connected. Absent where that is not known.
    public var sessionSpans: [SessionSpan]?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case leaseId = "lease_id"
        case requestId = "request_id"
        case requester
        case requesterUid = "requester_uid"
        case requesterIdentity = "requester_identity"
        case person
        case database
        case profile
        case role
        case memberOf = "member_of"
        case tables
        case columns
        case reason
        case ticket
        case askedAt = "asked_at"
        case issuedAt = "issued_at"
        case expiresAt = "expires_at"
        case endedAt = "ended_at"
        case state
        case endReason = "end_reason"
        case allowedBy = "allowed_by"
        case rule
        case decisions
        case review
        case askedSeconds = "asked_seconds"
        case givenSeconds = "given_seconds"
        case livedSeconds = "lived_seconds"
        case sessions
        case statements
        case tablesTouched = "tables_touched"
        case sessionSpans = "session_spans"
    }

    public init(
        leaseId: String, requestId: String, requester: String, requesterUid: UInt32,
        requesterIdentity: String, person: String, database: String, profile: String, role: String,
        memberOf: [String], tables: [String]? = nil, columns: [String]? = nil, reason: String? = nil,
        ticket: String? = nil, askedAt: Date, issuedAt: Date, expiresAt: Date, endedAt: Date? = nil,
        state: LeaseState, endReason: EndReason? = nil, allowedBy: AllowedBy, rule: String? = nil,
        decisions: [AccessDecision], review: AccessVerdict? = nil, askedSeconds: Int? = nil,
        givenSeconds: Int, livedSeconds: Int, sessions: Int? = nil, statements: Int? = nil,
        tablesTouched: [String]? = nil, sessionSpans: [SessionSpan]? = nil
    ) {
        self.leaseId = leaseId
        self.requestId = requestId
        self.requester = requester
        self.requesterUid = requesterUid
        self.requesterIdentity = requesterIdentity
        self.person = person
        self.database = database
        self.profile = profile
        self.role = role
        self.memberOf = memberOf
        self.tables = tables
        self.columns = columns
        self.reason = reason
        self.ticket = ticket
        self.askedAt = askedAt
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.endedAt = endedAt
        self.state = state
        self.endReason = endReason
        self.allowedBy = allowedBy
        self.rule = rule
        self.decisions = decisions
        self.review = review
        self.askedSeconds = askedSeconds
        self.givenSeconds = givenSeconds
        self.livedSeconds = livedSeconds
        self.sessions = sessions
        self.statements = statements
        self.tablesTouched = tablesTouched
        self.sessionSpans = sessionSpans
    }
}
