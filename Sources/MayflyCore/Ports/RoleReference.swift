package struct RoleReference: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    package init(lease: LeaseID, role: RoleName) {
        self.lease = lease
        self.role = role
    }
    package init(_ lease: Lease) { self.init(lease: lease.id, role: lease.role) }
}
