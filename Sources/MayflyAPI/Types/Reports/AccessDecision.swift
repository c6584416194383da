public import Foundation

/// What somebody said to a request, and how fast.
public struct AccessDecision: WireObject {
    /// The step that it counts for.
    public var step: String
    /// Yes or no.
    public var verdict: Verdict
    /// Who said it.
    public var user: String
    /// Whom that is counted as.
    public var person: String
    /// When.
    public var at: Date
    /// How long the step had waited for it. Absent for what an authority attested.
    public var seconds: Int?
    /// Why, in their words.
    public var reason: String?
    /// The approval authority that attested it.
    public var authority: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case step
        case verdict
        case user
        case person
        case at
        case seconds
        case reason
        case authority
    }

    public init(
        step: String, verdict: Verdict, user: String, person: String, at: Date, seconds: Int? = nil,
        reason: String? = nil, authority: String? = nil
    ) {
        self.step = step
        self.verdict = verdict
        self.user = user
        self.person = person
        self.at = at
        self.seconds = seconds
        self.reason = reason
        self.authority = authority
    }
}
