/// How a login role in a server and the state agree.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct ServerRoleState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its lease lives.
    public static let leased = ServerRoleState(rawValue: "leased")
    /// Its lease is being ended, or due to be.
    public static let ending = ServerRoleState(rawValue: "ending")
    /// Its lease is over, and it is still there.
    public static let over = ServerRoleState(rawValue: "over")
    /// The guard made it, and the daemon's state does not know its lease.
    public static let orphan = ServerRoleState(rawValue: "orphan")
    /// Such a one, which an administrator left to its end.
    public static let kept = ServerRoleState(rawValue: "kept")
    /// Its lease lives, and it is gone from the server.
    public static let missing = ServerRoleState(rawValue: "missing")
    /// Named like ours, but the guard did not make it, or it was renamed or given another comment. Never touched.
    public static let foreign = ServerRoleState(rawValue: "foreign")

    public static var known: [Self] { [.leased, .ending, .over, .orphan, .kept, .missing, .foreign] }
}
