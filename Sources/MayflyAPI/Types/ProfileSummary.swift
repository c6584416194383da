/// A profile as the caller may ask for it: limits are those after the rule's own.
public struct ProfileSummary: WireObject {
    /// The name to ask for.
    public var name: String
    /// The database it opens, by the configuration's name.
    public var database: String
    /// The kind of server.
    public var engine: EngineName
    /// What it is for, in the operator's words.
    public var description: String
    /// The TTL when none is asked for, in seconds.
    public var ttlDefaultSeconds: Int
    /// The longest TTL for this caller, in seconds: the profile's maximum or the rule's, whichever is less.
    public var ttlMaximumSeconds: Int
    /// The access rule that lets the caller in.
    public var rule: String
    /// The group roles whose privileges a lease carries.
    public var memberOf: [String]
    /// Sessions that one lease may have at a time.
    public var connectionLimit: Int
    /// Session defaults. A session can undo them: they are no limits.
    public var settings: [String: String]
    /// The caller's own live leases of this profile.
    public var active: Int
    /// How many live leases one person may have of it.
    public var maxActivePerPerson: Int?
    /// How many live leases may exist of it.
    public var maxActiveTotal: Int?
    /// What policy says to a request as things are: given at once, or when people have approved.
    public var decision: Decision
    /// Whether it is given as break-glass only.
    public var breakGlass: Bool
    /// Whether a request must carry a reason.
    public var reasonRequired: Bool
    /// No longer in the configuration: kept until its leases end, and not to be asked for.
    public var retired: Bool
    /// The lockdown that stops it just now, in words.
    public var lockdown: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case database
        case engine
        case description
        case ttlDefaultSeconds = "ttl_default_seconds"
        case ttlMaximumSeconds = "ttl_maximum_seconds"
        case rule
        case memberOf = "member_of"
        case connectionLimit = "connection_limit"
        case settings
        case active
        case maxActivePerPerson = "max_active_per_person"
        case maxActiveTotal = "max_active_total"
        case decision
        case breakGlass = "break_glass"
        case reasonRequired = "reason_required"
        case retired
        case lockdown
    }

    public init(
        name: String, database: String, engine: EngineName, description: String, ttlDefaultSeconds: Int,
        ttlMaximumSeconds: Int, rule: String, memberOf: [String], connectionLimit: Int,
        settings: [String: String], active: Int, maxActivePerPerson: Int? = nil, maxActiveTotal: Int? = nil,
        decision: Decision, breakGlass: Bool, reasonRequired: Bool, retired: Bool,
        lockdown: String? = nil
    ) {
        self.name = name
        self.database = database
        self.engine = engine
        self.description = description
        self.ttlDefaultSeconds = ttlDefaultSeconds
        self.ttlMaximumSeconds = ttlMaximumSeconds
        self.rule = rule
        self.memberOf = memberOf
        self.connectionLimit = connectionLimit
        self.settings = settings
        self.active = active
        self.maxActivePerPerson = maxActivePerPerson
        self.maxActiveTotal = maxActiveTotal
        self.decision = decision
        self.breakGlass = breakGlass
        self.reasonRequired = reasonRequired
        self.retired = retired
        self.lockdown = lockdown
    }
}
