/// Ends the live leases that all given members match. Without a member nothing is revoked: that is refused.
public struct RevokeFilter: WireRequest {
    /// These leases.
    public var ids: [String]?
    /// Leases on this database.
    public var database: String?
    /// Leases of this profile.
    public var profile: String?
    /// Leases of this user. Without administrator's rights only oneself.
    public var requester: String?
    /// Every live lease that the caller may revoke.
    public var all: Bool?
    /// Why. Kept on the record.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case ids
        case database
        case profile
        case requester
        case all
        case reason
    }

    public init(
        ids: [String]? = nil, database: String? = nil, profile: String? = nil, requester: String? = nil,
        all: Bool? = nil, reason: String? = nil
    ) {
        self.ids = ids
        self.database = database
        self.profile = profile
        self.requester = requester
        self.all = all
        self.reason = reason
    }
}
