package struct LeaseStepResult: Sendable {
    package var change: Lease.Change
    /// As it is now; nil when there is no such lease.
    package var lease: Lease?
    package init(change: Lease.Change, lease: Lease?) {
        self.change = change
        self.lease = lease
    }
}
