/// What was done with roles that no lease knows.
public struct ReapReply: WireObject {
    /// The database, by the configuration's name.
    public var database: String
    /// Whether it was looked at only.
    public var dryRun: Bool
    /// Whether there are still roles to decide on since the start.
    public var safeMode: Bool
    /// What became of each.
    public var roles: [ReapedRole]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case dryRun = "dry_run"
        case safeMode = "safe_mode"
        case roles
    }

    public init(
        database: String, dryRun: Bool, safeMode: Bool, roles: [ReapedRole]
    ) {
        self.database = database
        self.dryRun = dryRun
        self.safeMode = safeMode
        self.roles = roles
    }
}
