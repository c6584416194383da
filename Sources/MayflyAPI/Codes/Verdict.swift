/// What somebody said to a request.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct Verdict: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Yes. One of those that the step needs.
    public static let approve = Verdict(rawValue: "approve")
    /// No. It ends the request.
    public static let deny = Verdict(rawValue: "deny")

    public static var known: [Self] { [.approve, .deny] }
}
