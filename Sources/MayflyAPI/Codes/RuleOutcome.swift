/// What a rule says to a request that fits it.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct RuleOutcome: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// At once.
    public static let automatic = RuleOutcome(rawValue: "automatic")
    /// When people have approved.
    public static let approval = RuleOutcome(rawValue: "approval")
    /// At once, in an emergency, with a review afterwards.
    public static let breakGlass = RuleOutcome(rawValue: "break_glass")
    /// Never.
    public static let deny = RuleOutcome(rawValue: "deny")

    public static var known: [Self] { [.automatic, .approval, .breakGlass, .deny] }
}
