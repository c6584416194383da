/// A request that a notification is about.
public struct NotifiedRequest: WireObject {
    /// Its id.
    public var id: String
    /// Where it stands.
    public var state: RequestState
    /// What was asked for.
    public var profile: String
    /// Who asked.
    public var requester: String
    /// For how long.
    public var ttlSeconds: Int?
    /// Why, in the requester's words.
    public var reason: String?
    /// The ticket it belongs to.
    public var ticket: String?
    /// The rule that decided.
    public var rule: String?
    /// The step that people are asked to take.
    public var step: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case profile
        case requester
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case rule
        case step
    }

    public init(
        id: String, state: RequestState, profile: String, requester: String, ttlSeconds: Int? = nil,
        reason: String? = nil, ticket: String? = nil, rule: String? = nil, step: String? = nil
    ) {
        self.id = id
        self.state = state
        self.profile = profile
        self.requester = requester
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.rule = rule
        self.step = step
    }
}
