/// Takes somebody's second factor away.
public struct ResetMFARequest: WireRequest {
    /// A person of the configuration, `user:NAME`, `uid:NUMBER`, or a user's name.
    public var who: String
    /// Why. Kept on the record.
    public var reason: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case who
        case reason
    }

    public init(who: String, reason: String) {
        self.who = who
        self.reason = reason
    }
}
