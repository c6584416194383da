/// What can be done with one object of a server.
public struct PrivilegeEntry: WireObject {
    /// Of the object, such as `table`, `column` or `schema`; `row-level security` for a table whose policies decide which
    /// rows.
    public var kind: String
    /// Of the object, with its schema, quoted as in SQL.
    public var name: String
    /// As GRANT names them; `OWNER` for all that an owner can; the policies of row-level security.
    public var privileges: [String]
    /// Whether everybody has it (PUBLIC), and not by the group roles.
    public var everybody: Bool

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case kind
        case name
        case privileges
        case everybody
    }

    public init(kind: String, name: String, privileges: [String], everybody: Bool) {
        self.kind = kind
        self.name = name
        self.privileges = privileges
        self.everybody = everybody
    }
}
