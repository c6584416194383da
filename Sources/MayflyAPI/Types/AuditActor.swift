/// Who did it.
public struct AuditActor: WireObject {
    /// The user's name; `mayflyd` for what the daemon did of itself.
    public var user: String
    /// The user id; absent for the daemon.
    public var uid: UInt32?
    /// The process. Colour only.
    public var pid: Int32?
    /// Who the token said they are, where the call came with one: that decided.
    public var token: TokenBearer?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case user
        case uid
        case pid
        case token
    }

    public init(user: String, uid: UInt32? = nil, pid: Int32? = nil, token: TokenBearer? = nil) {
        self.user = user
        self.uid = uid
        self.pid = pid
        self.token = token
    }
}
