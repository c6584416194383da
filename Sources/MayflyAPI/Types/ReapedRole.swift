/// What became of a role that no lease knows.
public struct ReapedRole: WireObject {
    /// The role, as it was.
    public var role: ServerRole
    /// What became of it.
    public var outcome: ReapOutcome
    /// Why it was not dropped.
    public var detail: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case role
        case outcome
        case detail
    }

    public init(
        role: ServerRole, outcome: ReapOutcome, detail: String? = nil
    ) {
        self.role = role
        self.outcome = outcome
        self.detail = detail
    }
}
