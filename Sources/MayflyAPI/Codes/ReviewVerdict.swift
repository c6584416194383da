/// What a reviewer found.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct ReviewVerdict: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// It was an emergency, and dealt with as one.
    public static let justified = ReviewVerdict(rawValue: "justified")
    /// It should not have been.
    public static let unjustified = ReviewVerdict(rawValue: "unjustified")

    public static var known: [Self] { [.justified, .unjustified] }
}
