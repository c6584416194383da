/// What a tether says of its lease.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct TetherNews: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The lease depends on this connection from now on.
    public static let tethered = TetherNews(rawValue: "tethered")
    /// The lease was renewed.
    public static let renewed = TetherNews(rawValue: "renewed")
    /// The lease is ending or has ended; nothing follows.
    public static let ended = TetherNews(rawValue: "ended")
    /// The lease no longer depends on a connection; nothing follows.
    public static let untethered = TetherNews(rawValue: "untethered")
    /// The daemon is being stopped; nothing follows. The lease lives on for 30 seconds after it is back, within
    /// which the holder tethers it again.
    public static let goodbye = TetherNews(rawValue: "goodbye")

    public static var known: [Self] { [.tethered, .renewed, .ended, .untethered, .goodbye] }
}
