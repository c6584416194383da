/// Who, or what, let a lease come to be.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct AllowedBy: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its rule, at once.
    public static let automatic = AllowedBy(rawValue: "automatic")
    /// People who approved it here.
    public static let people = AllowedBy(rawValue: "people")
    /// What an approval authority signed, in part or in all.
    public static let signedApproval = AllowedBy(rawValue: "signed_approval")
    /// Nobody: it was taken in an emergency, and is reviewed afterwards.
    public static let breakGlass = AllowedBy(rawValue: "break_glass")

    public static var known: [Self] { [.automatic, .people, .signedApproval, .breakGlass] }
}
