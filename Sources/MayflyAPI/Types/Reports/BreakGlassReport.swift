public import Foundation

/// What was taken as break-glass in a period, and what became of its reviews.
public struct BreakGlassReport: WireObject {
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// Each, newest first.
    public var entries: [AccessEntry]
    /// How many wait for a verdict, in time.
    public var waiting: Int
    /// How many are overdue.
    public var overdue: Int
    /// How many were found justified.
    public var justified: Int
    /// How many were not.
    public var unjustified: Int
    /// How long the reviews took that are done: half of them no longer than that.
    public var medianReviewSeconds: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
        case entries
        case waiting
        case overdue
        case justified
        case unjustified
        case medianReviewSeconds = "median_review_seconds"
    }

    public init(
        from: Date, to: Date, entries: [AccessEntry], waiting: Int, overdue: Int, justified: Int,
        unjustified: Int, medianReviewSeconds: Int? = nil
    ) {
        self.from = from
        self.to = to
        self.entries = entries
        self.waiting = waiting
        self.overdue = overdue
        self.justified = justified
        self.unjustified = unjustified
        self.medianReviewSeconds = medianReviewSeconds
    }
}
