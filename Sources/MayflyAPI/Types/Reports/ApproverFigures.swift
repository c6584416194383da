/// How much and how fast somebody decides.
public struct ApproverFigures: WireObject {
    /// Who; absent for all together.
    public var person: String?
    /// The names that they voted under.
    public var users: [String]
    /// How often they decided.
    public var decided: Int
    /// How often they said yes.
    public var approved: Int
    /// How often they said no.
    public var denied: Int
    /// How many of these an authority attested: how long they took is not known, and not among the times.
    public var attested: Int
    /// Half of the times were no longer than that.
    public var medianSeconds: Int?
    /// A tenth of the times were no longer than that.
    public var p10Seconds: Int?
    /// How many took less than the quick limit.
    public var quick: Int
    /// Of a hundred whose time is known.
    public var quickPercent: Int?
    /// Of a hundred decisions.
    public var deniedPercent: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case person
        case users
        case decided
        case approved
        case denied
        case attested
        case medianSeconds = "median_seconds"
        case p10Seconds = "p10_seconds"
        case quick
        case quickPercent = "quick_percent"
        case deniedPercent = "denied_percent"
    }

    public init(
        person: String? = nil, users: [String], decided: Int, approved: Int, denied: Int, attested: Int,
        medianSeconds: Int? = nil, p10Seconds: Int? = nil, quick: Int, quickPercent: Int? = nil,
        deniedPercent: Int? = nil
    ) {
        self.person = person
        self.users = users
        self.decided = decided
        self.approved = approved
        self.denied = denied
        self.attested = attested
        self.medianSeconds = medianSeconds
        self.p10Seconds = p10Seconds
        self.quick = quick
        self.quickPercent = quickPercent
        self.deniedPercent = deniedPercent
    }
}
