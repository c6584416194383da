package struct RoleReference: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    /// Who takes over what the role owns, as far as that is plainly safe; nil: it stays, and the role stays locked.
    package var taker: String?

    package init(lease: LeaseID, role: RoleName, taker: String? = nil) {
        self.lease = lease
        self.role = role
        self.taker = taker
    }

    package init(_ lease: Lease, taker: String? = nil) {
        self.init(lease: lease.id, role: lease.role, taker: taker)
    }
}
