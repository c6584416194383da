/// Ends a lockdown.
public struct EndLockdown: WireRequest {
    /// Why. Must be given.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case reason
    }

    public init(reason: String? = nil) {
        self.reason = reason
    }
}
