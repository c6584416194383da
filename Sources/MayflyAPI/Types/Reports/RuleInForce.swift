public import Foundation

/// A rule as it is in force.
public struct RuleInForce: WireObject {
    /// Its name.
    public var name: String
    /// What it says.
    public var outcome: RuleOutcome
    /// To whom.
    public var who: [String]
    /// For which profiles, as patterns.
    public var profiles: [String]
    /// The most that it gives.
    public var maximumSeconds: Int?
    /// Who approves, a line for each step.
    public var approval: [String]
    /// When it is open; always where there are none.
    public var windows: [String]
    /// From then on it is none.
    public var validUntil: Date?
    /// For break-glass: who reviews, besides auditors and administrators.
    public var reviewers: [String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case outcome
        case who
        case profiles
        case maximumSeconds = "maximum_seconds"
        case approval
        case windows
        case validUntil = "valid_until"
        case reviewers
    }

    public init(
        name: String, outcome: RuleOutcome, who: [String], profiles: [String],
        maximumSeconds: Int? = nil, approval: [String], windows: [String], validUntil: Date? = nil,
        reviewers: [String]
    ) {
        self.name = name
        self.outcome = outcome
        self.who = who
        self.profiles = profiles
        self.maximumSeconds = maximumSeconds
        self.approval = approval
        self.windows = windows
        self.validUntil = validUntil
        self.reviewers = reviewers
    }
}
