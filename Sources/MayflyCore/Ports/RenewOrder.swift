package struct RenewOrder: Hashable, Sendable {
    package var lease: LeaseID
    /// From the server's now.
    package var ttl: TTL
    package init(lease: LeaseID, ttl: TTL) {
        self.lease = lease
        self.ttl = ttl
    }
}
