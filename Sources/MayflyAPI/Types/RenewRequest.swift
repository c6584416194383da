/// Asks for more time, up to the approved maximum.
public struct RenewRequest: WireRequest {
    /// Time from now, in seconds. The profile's default when left out.
    public var ttlSeconds: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case ttlSeconds = "ttl_seconds"
    }

    public init(ttlSeconds: Int? = nil) {
        self.ttlSeconds = ttlSeconds
    }
}
