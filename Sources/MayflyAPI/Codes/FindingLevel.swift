/// How much a finding matters.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct FindingLevel: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Worth knowing.
    public static let note = FindingLevel(rawValue: "note")
    /// Something promised is weaker here.
    public static let warning = FindingLevel(rawValue: "warning")
    /// Leases on this database cannot be given out or ended.
    public static let error = FindingLevel(rawValue: "error")

    public static var known: [Self] { [.note, .warning, .error] }
}
