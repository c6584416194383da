/// Stops new leases: on a database, a profile, for a user, or on everything when none of them is given.
public struct StartLockdown: WireRequest {
    /// On this database.
    public var database: String?
    /// On this profile.
    public var profile: String?
    /// For this person, by whichever identity: a person of the configuration, `user:NAME`, `uid:NUMBER` or `sub:ISSUER:SUBJECT`.
    public var user: String?
    /// Why. Must be given; whoever is stopped reads it.
    public var reason: String?
    /// Ends by itself after so many seconds; left out, somebody ends it.
    public var forSeconds: Int?
    /// Whether what is out is revoked.
    public var revoke: Bool?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case profile
        case user
        case reason
        case forSeconds = "for_seconds"
        case revoke
    }

    public init(
        database: String? = nil, profile: String? = nil, user: String? = nil, reason: String? = nil,
        forSeconds: Int? = nil, revoke: Bool? = nil
    ) {
        self.database = database
        self.profile = profile
        self.user = user
        self.reason = reason
        self.forSeconds = forSeconds
        self.revoke = revoke
    }
}
