public import Foundation

/// The review of a break-glass lease, as a report tells it.
public struct AccessVerdict: WireObject {
    /// The review.
    public var id: String
    /// Where it stands.
    public var state: ReviewState
    /// Until when somebody has to look at it.
    public var dueAt: Date
    /// What was found.
    public var verdict: ReviewVerdict?
    /// In the reviewer's words.
    public var note: String?
    /// Who reviewed it.
    public var by: String?
    /// When.
    public var at: Date?
    /// How long it took, from the issue.
    public var seconds: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case dueAt = "due_at"
        case verdict
        case note
        case by
        case at
        case seconds
    }

    public init(
        id: String, state: ReviewState, dueAt: Date, verdict: ReviewVerdict? = nil, note: String? = nil,
        by: String? = nil, at: Date? = nil, seconds: Int? = nil
    ) {
        self.id = id
        self.state = state
        self.dueAt = dueAt
        self.verdict = verdict
        self.note = note
        self.by = by
        self.at = at
        self.seconds = seconds
    }
}
