public import Foundation

/// What would be decided on a request, and why.
public struct Explanation: WireObject {
    /// The profile asked about.
    public var profile: String
    /// Whose request it would be: the user's name, or a token's subject.
    public var requester: String
    /// The person that this counts for.
    public var person: String
    /// The moment it was decided for.
    public var at: Date
    /// What policy says.
    public var decision: Decision
    /// Whether it would be break-glass.
    public var breakGlass: Bool
    /// The tables that it is narrowed to as a whole; left out when it is not narrowed.
    public var tables: [String]?
    /// The columns of further tables that it is narrowed to.
    public var columns: [String]?
    /// The rule that decides; none means that no rule matches.
    public var rule: String?
    /// The problem's code, where the answer is no.
    public var code: String?
    /// Why, where the answer is no.
    public var detail: String?
    /// What would help.
    public var hint: String?
    /// The TTL it would be given with, in seconds.
    public var ttlSeconds: Int?
    /// The longest it could be, in seconds: renewals included.
    public var ttlMaximumSeconds: Int?
    /// When every lease under the rule ends.
    public var endsBy: Date?
    /// Every rule, in order.
    public var rules: [ExplainedRule]
    /// What the rule demands of the request.
    public var demands: [ExplainedDemand]
    /// Who would approve, in this order.
    public var steps: [ExplainedStep]
    /// How long it would wait for them, in seconds.
    public var pendingForSeconds: Int?
    /// How long it could be redeemed once approved, in seconds.
    public var redeemWithinSeconds: Int?
    /// Who would look at it afterwards, where it would be break-glass; administrators and auditors may in any case.
    public var reviewers: [String]?
    /// How long they would have for that, in seconds from the issue.
    public var reviewWithinSeconds: Int?
    /// What is unusual about it.
    public var flags: [RequestFlag]
    /// How far the requester is with a second factor; left out where there are none.
    public var mfa: MFAState?
    /// What would be done in the server, where that was asked for and it would be given.
    public var preview: ServerPreview?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case requester
        case person
        case at
        case decision
        case breakGlass = "break_glass"
        case tables
        case columns
        case rule
        case code
        case detail
        case hint
        case ttlSeconds = "ttl_seconds"
        case ttlMaximumSeconds = "ttl_maximum_seconds"
        case endsBy = "ends_by"
        case rules
        case demands
        case steps
        case pendingForSeconds = "pending_for_seconds"
        case redeemWithinSeconds = "redeem_within_seconds"
        case reviewers
        case reviewWithinSeconds = "review_within_seconds"
        case flags
        case mfa
        case preview
    }

    public init(
        profile: String, requester: String, person: String, at: Date, decision: Decision, breakGlass: Bool,
        tables: [String]? = nil, columns: [String]? = nil, rule: String? = nil, code: String? = nil,
        detail: String? = nil, hint: String? = nil,
        ttlSeconds: Int? = nil, ttlMaximumSeconds: Int? = nil, endsBy: Date? = nil, rules: [ExplainedRule],
        demands: [ExplainedDemand], steps: [ExplainedStep], pendingForSeconds: Int? = nil,
        redeemWithinSeconds: Int? = nil, reviewers: [String]? = nil, reviewWithinSeconds: Int? = nil,
        flags: [RequestFlag], mfa: MFAState? = nil,
        preview: ServerPreview? = nil
    ) {
        self.profile = profile
        self.requester = requester
        self.person = person
        self.at = at
        self.decision = decision
        self.breakGlass = breakGlass
        self.tables = tables
        self.columns = columns
        self.rule = rule
        self.code = code
        self.detail = detail
        self.hint = hint
        self.ttlSeconds = ttlSeconds
        self.ttlMaximumSeconds = ttlMaximumSeconds
        self.endsBy = endsBy
        self.rules = rules
        self.demands = demands
        self.steps = steps
        self.pendingForSeconds = pendingForSeconds
        self.redeemWithinSeconds = redeemWithinSeconds
        self.reviewers = reviewers
        self.reviewWithinSeconds = reviewWithinSeconds
        self.flags = flags
        self.mfa = mfa
        self.preview = preview
    }
}
