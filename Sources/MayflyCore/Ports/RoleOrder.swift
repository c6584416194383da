/// Everything that the guard needs to make one login role.
package struct RoleOrder: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    package var verifier: Verifier
    package var groups: [String]
    package var ttl: TTL
    package var connectionLimit: Int
    package var settings: [String: String]
    package var requester: String
    package var reason: String?

    package init(
        lease: LeaseID, role: RoleName, verifier: Verifier, groups: [String], ttl: TTL, connectionLimit: Int,
        settings: [String: String], requester: String, reason: String?
    ) {
        self.lease = lease
        self.role = role
        self.verifier = verifier
        self.groups = groups
        self.ttl = ttl
        self.connectionLimit = connectionLimit
        self.settings = settings
        self.requester = requester
        self.reason = reason
    }
}
