/// What would be done in the server for a request, and what it would give; nothing is done.
public struct ServerPreview: WireObject {
    /// What would be run, in order. Places for what is made anew each time stand in `‹ ›`: there is no secret in it.
    public var statements: [String]
    /// What the login role could then do.
    public var privileges: [PrivilegeEntry]
    /// Why that is not known, where it is not.
    public var unknown: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case statements
        case privileges
        case unknown
    }

    public init(statements: [String], privileges: [PrivilegeEntry], unknown: String? = nil) {
        self.statements = statements
        self.privileges = privileges
        self.unknown = unknown
    }
}
