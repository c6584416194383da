/// Asks what would be decided, and why. Nothing is recorded or given out.
public struct ExplainRequest: WireRequest {
    /// The profile's name.
    public var profile: String
    /// How long, in seconds. The profile's default when left out.
    public var ttlSeconds: Int?
    /// Why, as a request would say it.
    public var reason: String?
    /// A reference into another system, as a request would give it.
    public var ticket: String?
    /// Whether it is about break-glass.
    public var breakGlass: Bool?
    /// About whom: `user:alice` or `uid:1001`; the caller when left out. Others are for auditors and administrators.
    public var `as`: String?
    /// When, in ISO 8601: windows and ends of rules are looked at as they are then. Now when left out.
    public var at: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case breakGlass = "break_glass"
        case `as`
        case at
    }

    public init(
        profile: String, ttlSeconds: Int? = nil, reason: String? = nil, ticket: String? = nil,
        breakGlass: Bool? = nil, as subject: String? = nil, at: String? = nil
    ) {
        self.profile = profile
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.breakGlass = breakGlass
        self.as = subject
        self.at = at
    }
}
