public import Foundation

/// Something that happened to a lease.
public struct TimelineEntry: WireObject {
    /// When.
    public var at: Date
    /// What it is of: `request`, `lease`, `session`, `privileges`, or another part of the record.
    public var kind: String
    /// The action on record.
    public var action: String
    /// `done`, `denied` or `failed`.
    public var outcome: String
    /// Who did it: a user, or `broker`.
    public var who: String
    /// What, in a sentence.
    public var text: String
    /// The session that it is of.
    public var sessionId: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case at
        case kind
        case action
        case outcome
        case who
        case text
        case sessionId = "session_id"
    }

    public init(
        at: Date, kind: String, action: String, outcome: String, who: String, text: String,
        sessionId: String? = nil
    ) {
        self.at = at
        self.kind = kind
        self.action = action
        self.outcome = outcome
        self.who = who
        self.text = text
        self.sessionId = sessionId
    }
}
