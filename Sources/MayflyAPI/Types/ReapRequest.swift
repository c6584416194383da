/// Decides on roles that no lease knows.
public struct ReapRequest: WireRequest {
    /// Only say what there is.
    public var dryRun: Bool?
    /// Leave them to their end instead of dropping them.
    public var keep: Bool?
    /// These, by name: all of them must be such roles. Needed but for a dry run, which tells the names.
    public var roles: [String]?
    /// Why. Kept on the record.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case dryRun = "dry_run"
        case keep
        case roles
        case reason
    }

    public init(
        dryRun: Bool? = nil, keep: Bool? = nil, roles: [String]? = nil, reason: String? = nil
    ) {
        self.dryRun = dryRun
        self.keep = keep
        self.roles = roles
        self.reason = reason
    }
}
