/// Where a review stands.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct ReviewState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Somebody has to look at it.
    public static let open = ReviewState(rawValue: "open")
    /// Nobody did in time.
    public static let overdue = ReviewState(rawValue: "overdue")
    /// Somebody gave a verdict.
    public static let done = ReviewState(rawValue: "done")

    public static var known: [Self] { [.open, .overdue, .done] }
}
