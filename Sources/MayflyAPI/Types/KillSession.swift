/// Ends one session.
public struct KillSession: WireRequest {
    /// Why. Kept on the record.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case reason
    }

    public init(reason: String? = nil) {
        self.reason = reason
    }
}
