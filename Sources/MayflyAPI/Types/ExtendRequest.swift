/// Asks for more time than a lease was given. Send an `Idempotency-Key` header.
public struct ExtendRequest: WireRequest {
    /// How much longer than its end, in seconds.
    public var ttlSeconds: Int
    /// Why. Kept on the record.
    public var reason: String?
    /// A reference into another system. Kept on the record.
    public var ticket: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
    }

    public init(ttlSeconds: Int, reason: String? = nil, ticket: String? = nil) {
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
    }
}
