/// A profile, as an access review shows it.
public struct ReviewedProfile: WireObject {
    /// Its name.
    public var name: String
    /// In the words of the configuration.
    public var description: String
    /// The group roles whose privileges it carries.
    public var memberOf: [String]
    /// What they hold, where the configuration says so; a DBA keeps them by hand where it does not.
    public var grants: [String]
    /// The TTL of who asks for none.
    public var defaultSeconds: Int
    /// The most.
    public var maximumSeconds: Int
    /// The rules that name it, in order: the first that fits decides.
    public var rules: [String]
    /// How many leases there were in the period.
    public var leases: Int

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case description
        case memberOf = "member_of"
        case grants
        case defaultSeconds = "default_seconds"
        case maximumSeconds = "maximum_seconds"
        case rules
        case leases
    }

    public init(
        name: String, description: String, memberOf: [String], grants: [String], defaultSeconds: Int,
        maximumSeconds: Int, rules: [String], leases: Int
    ) {
        self.name = name
        self.description = description
        self.memberOf = memberOf
        self.grants = grants
        self.defaultSeconds = defaultSeconds
        self.maximumSeconds = maximumSeconds
        self.rules = rules
        self.leases = leases
    }
}
