/// What policy said to a request.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct Decision: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Allowed by the rule named beside it.
    public static let allow = Decision(rawValue: "allow")
    /// Refused. Without a matching rule this is the answer.
    public static let deny = Decision(rawValue: "deny")
    /// A person has to approve.
    public static let needsApproval = Decision(rawValue: "needs_approval")

    public static var known: [Self] { [.allow, .deny, .needsApproval] }
}
