public import Foundation

/// All that a review of the access to one database looks at: leases as of the end of its period; rules, profiles and findings as
/// they are when it is made.
public struct AccessReviewPack: WireObject {
    /// The installation's name.
    public var installation: String
    /// What is reviewed.
    public var database: String
    /// The kind of server.
    public var engine: EngineName
    /// How the broker acts there.
    public var mode: BrokerMode
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// Who may ask for what, by the rules in force.
    public var rules: [RuleInForce]
    /// What there is to ask for.
    public var profiles: [ReviewedProfile]
    /// Who held what at the end of the period.
    public var held: [AccessEntry]
    /// Who had what within it.
    public var leases: [AccessEntry]
    /// What was noticed about the database and stands.
    public var findings: [Finding]
    /// Whether the server was looked at for them and answered; else what is not there may only not be known, and nobody signs.
    public var findingsKnown: Bool

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case installation
        case database
        case engine
        case mode
        case from
        case to
        case rules
        case profiles
        case held
        case leases
        case findings
        case findingsKnown = "findings_known"
    }

    public init(
        installation: String, database: String, engine: EngineName, mode: BrokerMode, from: Date,
        to: Date, rules: [RuleInForce], profiles: [ReviewedProfile], held: [AccessEntry],
        leases: [AccessEntry], findings: [Finding], findingsKnown: Bool
    ) {
        self.installation = installation
        self.database = database
        self.engine = engine
        self.mode = mode
        self.from = from
        self.to = to
        self.rules = rules
        self.profiles = profiles
        self.held = held
        self.leases = leases
        self.findings = findings
        self.findingsKnown = findingsKnown
    }
}
