/// How often a rule decided in a period.
public struct RuleUse: WireObject {
    /// Its name.
    public var rule: String
    /// What it says.
    public var outcome: RuleOutcome
    /// How many requests it decided.
    public var requests: Int

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case rule
        case outcome
        case requests
    }

    public init(
        rule: String, outcome: RuleOutcome, requests: Int
    ) {
        self.rule = rule
        self.outcome = outcome
        self.requests = requests
    }
}
