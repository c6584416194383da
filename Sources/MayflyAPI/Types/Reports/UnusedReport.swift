public import Foundation

/// What could be taken away: rights that nobody used in a period.
public struct UnusedReport: WireObject {
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// All that can be asked for by now, the least used first.
    public var profiles: [ProfileUse]
    /// All rules in force, those that decided least first.
    public var rules: [RuleUse]
    /// Leases that were over before anybody was seen connected.
    public var leases: [AccessEntry]
    /// How many leases there are of which that is not known.
    public var unknown: Int

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
        case profiles
        case rules
        case leases
        case unknown
    }

    public init(
        from: Date, to: Date, profiles: [ProfileUse], rules: [RuleUse], leases: [AccessEntry],
        unknown: Int
    ) {
        self.from = from
        self.to = to
        self.profiles = profiles
        self.rules = rules
        self.leases = leases
        self.unknown = unknown
    }
}
