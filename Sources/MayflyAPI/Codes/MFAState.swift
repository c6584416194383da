/// How far somebody is with their second factor.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct MFAState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// There is none.
    public static let absent = MFAState(rawValue: "none")
    /// A secret was made; its first code confirms it.
    public static let pending = MFAState(rawValue: "pending")
    /// Codes are taken.
    public static let active = MFAState(rawValue: "active")

    public static var known: [Self] { [.absent, .pending, .active] }
}
