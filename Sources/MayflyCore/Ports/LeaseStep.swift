/// One event on one lease, and what is recorded with it.
package struct LeaseStep: Sendable {
    package var lease: LeaseID
    package var event: Lease.Event
    /// Recorded if the event changes the lease; nil records nothing (a failed attempt like the one before).
    package var audit: AuditEvent?
    /// The request to extend the lease, which becomes `issued` when the event changes it.
    package var fulfils: RequestID?

    /// The duty to review a break-glass lease, which begins when the event changes it.
    package var review: Review?

    package init(
        _ lease: LeaseID, _ event: Lease.Event, audit: AuditEvent?, fulfils: RequestID? = nil,
        review: Review? = nil
    ) {
        self.lease = lease
        self.event = event
        self.audit = audit
        self.fulfils = fulfils
        self.review = review
    }
}
