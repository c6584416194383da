public import Foundation

/// What one person said to a request.
public struct VoteStatement: WireObject {
    /// The step that it counts for.
    public var step: String
    /// Yes or no.
    public var verdict: Verdict
    /// Who said it.
    public var user: String
    /// Whom that is counted as.
    public var person: String
    /// Why, in their words.
    public var reason: String?
    /// When.
    public var at: Date
    /// The approval authority that attested it.
    public var authority: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case step
        case verdict
        case user
        case person
        case reason
        case at
        case authority
    }

    public init(
        step: String, verdict: Verdict, user: String, person: String, reason: String? = nil, at: Date,
        authority: String? = nil
    ) {
        self.step = step
        self.verdict = verdict
        self.user = user
        self.person = person
        self.reason = reason
        self.at = at
        self.authority = authority
    }
}
