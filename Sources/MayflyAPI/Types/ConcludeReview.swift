/// A reviewer's verdict, which is never changed.
public struct ConcludeReview: WireRequest {
    /// `justified` or `unjustified`. Must be given.
    public var verdict: ReviewVerdict?
    /// What was looked at, and found. Must be given; kept on the record.
    public var note: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case verdict
        case note
    }

    public init(verdict: ReviewVerdict? = nil, note: String? = nil) {
        self.verdict = verdict
        self.note = note
    }
}
