/// What became of a role that no lease knows.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct ReapOutcome: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Looked at only.
    public static let found = ReapOutcome(rawValue: "found")
    /// Its sessions were ended, and it is gone.
    public static let dropped = ReapOutcome(rawValue: "dropped")
    /// It ended meanwhile.
    public static let gone = ReapOutcome(rawValue: "gone")
    /// Left to its end.
    public static let kept = ReapOutcome(rawValue: "kept")
    /// Its login is off, but something hangs on it.
    public static let locked = ReapOutcome(rawValue: "locked")
    /// It could not be ended.
    public static let failed = ReapOutcome(rawValue: "failed")
    /// It only looks like ours: a DBA may look.
    public static let notOurs = ReapOutcome(rawValue: "not_ours")

    public static var known: [Self] { [.found, .dropped, .gone, .kept, .locked, .failed, .notOurs] }
}
