/// Ends one lease.
public struct RevokeRequest: WireRequest {
    /// Why. Kept on the record.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case reason
    }

    public init(reason: String? = nil) {
        self.reason = reason
    }
}
