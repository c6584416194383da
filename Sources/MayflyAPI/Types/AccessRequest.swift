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

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case profile
        case requester
        case requesterUid = "requester_uid"
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case createdAt = "created_at"
        case decision
        case rule
        case leaseId = "lease_id"
    }

    public init(
        id: String, state: RequestState, profile: String, requester: String, requesterUid: UInt32,
        ttlSeconds: Int, reason: String? = nil, ticket: String? = nil, createdAt: Date, decision: Decision,
        rule: String? = nil, leaseId: String? = nil
    ) {
        self.id = id
        self.state = state
        self.profile = profile
        self.requester = requester
        self.requesterUid = requesterUid
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.createdAt = createdAt
        self.decision = decision
        self.rule = rule
        self.leaseId = leaseId
    }
}
