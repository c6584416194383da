/// How far one step of an approval is.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct StepState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its turn has not come.
    public static let waiting = StepState(rawValue: "waiting")
    /// It waits for people.
    public static let current = StepState(rawValue: "current")
    /// Enough people approved.
    public static let done = StepState(rawValue: "done")

    public static var known: [Self] { [.waiting, .current, .done] }
}
