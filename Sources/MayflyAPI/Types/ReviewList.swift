/// Reviews, newest first.
public struct ReviewList: WireObject {
    /// One page.
    public var reviews: [Review]
    /// Pass as `after` for the next page; absent on the last.
    public var next: String?
    /// How many wait, in time. For auditors and administrators.
    public var open: Int?
    /// How many are overdue. For auditors and administrators.
    public var overdue: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case reviews
        case next
        case open
        case overdue
    }

    public init(reviews: [Review], next: String? = nil, open: Int? = nil, overdue: Int? = nil) {
        self.reviews = reviews
        self.next = next
        self.open = open
        self.overdue = overdue
    }
}
