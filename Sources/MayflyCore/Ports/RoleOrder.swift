/// Everything that the server needs to make one login role.
package struct RoleOrder: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    package var verifier: Verifier
    package var groups: [String]
    /// The part of the groups' scope that it is to have; nil for all of it.
    package var narrowing: Narrowing?
    package var ttl: TTL
    package var connectionLimit: Int
    package var settings: [String: String]
    package var requester: String
    package var reason: String?
    /// `mode: direct` only: raw SQL (`StatementTemplate`) that makes the role, or that is run at its end.
    package var creationStatements: [String]
    package var revocationStatements: [String]
    /// In whose name its sessions create (PostgreSQL).
    package var owner: String?

    package init(
        lease: LeaseID, role: RoleName, verifier: Verifier, groups: [String],
        narrowing: Narrowing? = nil, ttl: TTL, connectionLimit: Int, settings: [String: String],
        requester: String, reason: String?,
        creationStatements: [String] = [], revocationStatements: [String] = [],
        owner: String? = nil
    ) {
        self.lease = lease
        self.role = role
        self.verifier = verifier
        self.groups = groups
        self.narrowing = narrowing
        self.ttl = ttl
        self.connectionLimit = connectionLimit
        self.settings = settings
        self.requester = requester
        self.reason = reason
        self.creationStatements = creationStatements
        self.revocationStatements = revocationStatements
        self.owner = owner
    }
}
