package struct LeaseStepResult: Sendable {
    package var change: Lease.Change
    /// As it is now; nil when there is no such lease.
    package var lease: Lease?
    /// Why it is impossible, when a lockdown made it so.
    package var refusal: Refusal?

    package init(change: Lease.Change, lease: Lease?, refusal: Refusal? = nil) {
        self.change = change
        self.lease = lease
        self.refusal = refusal
    }
}
