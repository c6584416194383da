/// Why a lease ended, or is ending.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct EndReason: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its time was over.
    public static let expired = EndReason(rawValue: "expired")
    /// Somebody revoked it.
    public static let revoked = EndReason(rawValue: "revoked")
    /// The server was found without its login role.
    public static let roleMissing = EndReason(rawValue: "role_missing")
    /// It was undone before anybody had its password.
    public static let undone = EndReason(rawValue: "undone")
    /// The connection that held it ended without a goodbye.
    public static let tetherLost = EndReason(rawValue: "tether_lost")
    /// A lockdown ended it.
    public static let lockdown = EndReason(rawValue: "lockdown")
    /// Its login role was altered behind the daemon's back.
    public static let altered = EndReason(rawValue: "altered")

    /// Its profile's scope was changed.
    public static let scopeChanged = EndReason(rawValue: "scope_changed")

    public static var known: [Self] {
        [.expired, .revoked, .roleMissing, .undone, .tetherLost, .lockdown, .altered, .scopeChanged]
    }
}
