/// Where a lease stands: `creating → active → revoking → revoked`, with `failed` and `locked` beside it.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct LeaseState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Recorded, the login role is being made. Can become `active` or `failed`.
    public static let creating = LeaseState(rawValue: "creating")
    /// The login role works. Can become `revoking`.
    public static let active = LeaseState(rawValue: "active")
    /// The login role is being ended. Can become `revoked` or `locked`.
    public static let revoking = LeaseState(rawValue: "revoking")
    /// The login role is gone.
    public static let revoked = LeaseState(rawValue: "revoked")
    /// Login is disabled and sessions are cut, but the server refuses the drop. Retried until `revoked`.
    public static let locked = LeaseState(rawValue: "locked")
    /// The login role could not be made, and is not there.
    public static let failed = LeaseState(rawValue: "failed")

    public static var known: [Self] { [.creating, .active, .revoking, .revoked, .locked, .failed] }
}
