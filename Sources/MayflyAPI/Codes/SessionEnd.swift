/// How a session ended. Never guessed.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct SessionEnd: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its client ended it: the server counted no other end.
    public static let client = SessionEnd(rawValue: "client")
    /// The broker ended it with its lease, which had expired.
    public static let expired = SessionEnd(rawValue: "expired")
    /// The broker ended it with its lease, before its time.
    public static let revoked = SessionEnd(rawValue: "revoked")
    /// An administrator ended it.
    public static let killed = SessionEnd(rawValue: "killed")
    /// The server was started anew.
    public static let serverRestart = SessionEnd(rawValue: "server_restart")
    /// It was found gone, and nothing says why.
    public static let unknown = SessionEnd(rawValue: "unknown")

    public static var known: [Self] { [.client, .expired, .revoked, .killed, .serverRestart, .unknown] }
}
