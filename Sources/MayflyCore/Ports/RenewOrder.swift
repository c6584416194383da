package struct RenewOrder: Hashable, Sendable {
    package var lease: LeaseID
    /// From the server's now.
    package var ttl: TTL
    /// For a narrowed lease, what its narrowed group is a part of: it is compared again before it goes on.
    package var narrowed: NarrowedScope?

    package init(lease: LeaseID, ttl: TTL, narrowed: NarrowedScope? = nil) {
        self.lease = lease
        self.ttl = ttl
        self.narrowed = narrowed
    }

    package init(_ lease: Lease, ttl: TTL) {
        self.init(
            lease: lease.id, ttl: ttl, narrowed: NarrowedScope(of: lease.groups, to: lease.narrowing))
    }
}
