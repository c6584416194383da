/// Approves a request or denies it.
public struct DecideRequest: WireRequest {
    /// Why. Kept on the record. Must be given to deny.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case reason
    }

    public init(reason: String? = nil) {
        self.reason = reason
    }
}
