/// Who the daemon takes the caller for: read from the kernel (peer credentials) and, where the call brought one, from a
/// token whose signature was verified. Never what the caller says.
public struct WhoAmI: WireObject {
    /// The user's name, or `uid:` and the uid where no name is known.
    public var user: String
    /// The user id: what authority rests on.
    public var uid: UInt32
    /// The groups' names, sorted.
    public var groups: [String]
    /// Roles given by the configuration.
    public var roles: [CallerRole]
    /// The calling process. Colour only: process ids are reused.
    public var pid: Int32?
    /// How far the caller is with a second factor; left out where there are none.
    public var mfa: MFAState?
    /// Who the token says the caller is. With a token the token decides.
    public var token: TokenBearer?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case user
        case uid
        case groups
        case roles
        case pid
        case mfa
        case token
    }

    public init(
        user: String, uid: UInt32, groups: [String], roles: [CallerRole], pid: Int32? = nil,
        mfa: MFAState? = nil, token: TokenBearer? = nil
    ) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.roles = roles
        self.pid = pid
        self.mfa = mfa
        self.token = token
    }
}
