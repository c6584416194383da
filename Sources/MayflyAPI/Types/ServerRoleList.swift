/// Login roles of ours in the servers.
public struct ServerRoleList: WireObject {
    /// By database and name.
    public var roles: [ServerRole]
    /// Databases whose server could not be asked: of their roles nothing is said.
    public var unavailable: [UnavailableDatabase]
    /// Databases in safe mode: at the start there were living roles that the state does not know, and they are kept until an administrator decides.
    public var safeMode: [String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case roles
        case unavailable
        case safeMode = "safe_mode"
    }

    public init(
        roles: [ServerRole], unavailable: [UnavailableDatabase], safeMode: [String]
    ) {
        self.roles = roles
        self.unavailable = unavailable
        self.safeMode = safeMode
    }
}
