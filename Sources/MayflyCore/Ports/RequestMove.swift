/// What came of an event on a request, and what is recorded with it.
package struct RequestMove<Outcome: Sendable>: Sendable {
    package var outcome: Outcome
    package var events: [AuditEvent]
    /// The signed approval by which it came: used with the same commit, or the whole is refused.
    package var uses: ApprovalUse?

    package init(_ outcome: Outcome, _ events: [AuditEvent] = [], uses: ApprovalUse? = nil) {
        self.outcome = outcome
        self.events = events
        self.uses = uses
    }
}
