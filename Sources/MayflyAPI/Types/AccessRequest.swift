public import Foundation

/// A request and what became of it.
public struct AccessRequest: WireObject {
    /// The request's id.
    public var id: String
    /// Where it stands.
    public var state: RequestState
    /// The profile asked for.
    public var profile: String
    /// Who asked.
    public var requester: String
    /// Who asked, by user id.
    public var requesterUid: UInt32
    /// Which of their identities asked: `uid:1001`, or `sub:ISSUER:SUBJECT` with a token.
    public var requesterIdentity: String?
    /// Whom that is counted as: one person may have several identities.
    public var person: String
    /// The TTL asked for, or the default, in seconds.
    public var ttlSeconds: Int
    /// Why, in the requester's words.
    public var reason: String?
    /// The requester's reference.
    public var ticket: String?
    /// When it came in.
    public var createdAt: Date
    /// What policy said.
    public var decision: Decision
    /// The rule that decided; none means that no rule matched.
    public var rule: String?
    /// The lease issued for it.
    public var leaseId: String?
    /// The group roles whose privileges the lease will carry; empty where policy decided at once.
    public var memberOf: [String]
    /// The tables that it is narrowed to as a whole; left out when it is not narrowed.
    public var tables: [String]?
    /// The columns of further tables that it is narrowed to.
    public var columns: [String]?
    /// What people are asked, in order.
    public var steps: [StepStatus]
    /// What they said so far.
    public var votes: [VoteStatement]
    /// When it expires if people have not decided.
    public var pendingUntil: Date?
    /// When the last of them approved.
    public var approvedAt: Date?
    /// Not redeemed before.
    public var startAt: Date?
    /// Redeemed before then, or never.
    public var redeemBy: Date?
    /// The lease whose end it is to move.
    public var extendsLeaseId: String?
    /// The end that the lease is to have.
    public var extendsTo: Date?
    /// What keeps an approved extension from being carried out.
    public var detail: String?
    /// For those who decide, when one request is shown.
    public var context: RequestContext?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case profile
        case requester
        case requesterUid = "requester_uid"
        case requesterIdentity = "requester_identity"
        case person
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case createdAt = "created_at"
        case decision
        case rule
        case leaseId = "lease_id"
        case memberOf = "member_of"
        case tables
        case columns
        case steps
        case votes
        case pendingUntil = "pending_until"
        case approvedAt = "approved_at"
        case startAt = "start_at"
        case redeemBy = "redeem_by"
        case extendsLeaseId = "extends_lease_id"
        case extendsTo = "extends_to"
        case detail
        case context
    }

    public init(
        id: String, state: RequestState, profile: String, requester: String, requesterUid: UInt32,
        requesterIdentity: String? = nil,
        person: String, ttlSeconds: Int, reason: String? = nil, ticket: String? = nil, createdAt: Date,
        decision: Decision, rule: String? = nil, leaseId: String? = nil, memberOf: [String] = [],
        tables: [String]? = nil, columns: [String]? = nil, steps: [StepStatus] = [],
        votes: [VoteStatement] = [], pendingUntil: Date? = nil,
        approvedAt: Date? = nil, startAt: Date? = nil, redeemBy: Date? = nil, extendsLeaseId: String? = nil,
        extendsTo: Date? = nil, detail: String? = nil, context: RequestContext? = nil
    ) {
        self.id = id
        self.state = state
        self.profile = profile
        self.requester = requester
        self.requesterUid = requesterUid
        self.requesterIdentity = requesterIdentity
        self.person = person
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.createdAt = createdAt
        self.decision = decision
        self.rule = rule
        self.leaseId = leaseId
        self.memberOf = memberOf
        self.tables = tables
        self.columns = columns
        self.steps = steps
        self.votes = votes
        self.pendingUntil = pendingUntil
        self.approvedAt = approvedAt
        self.startAt = startAt
        self.redeemBy = redeemBy
        self.extendsLeaseId = extendsLeaseId
        self.extendsTo = extendsTo
        self.detail = detail
        self.context = context
    }
}
