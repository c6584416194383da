/// Asks for a lease. Send an `Idempotency-Key` header: a repeat after a lost reply then returns the same lease.
public struct CreateRequest: WireRequest {
    /// The profile's name.
    public var profile: String
    /// How long, in seconds. The profile's default when left out.
    public var ttlSeconds: Int?
    /// Why. Kept on the record.
    public var reason: String?
    /// A reference into another system. Kept on the record.
    public var ticket: String?
    /// Whether the lease ends with the caller: it must be tethered within 30 seconds, and is revoked when the
    /// tether breaks. No when left out.
    public var tethered: Bool?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case tethered
    }

    public init(
        profile: String, ttlSeconds: Int? = nil, reason: String? = nil, ticket: String? = nil,
        tethered: Bool? = nil
    ) {
        self.profile = profile
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.tethered = tethered
    }
}
