/// What came of an event on an enrolment, and what is recorded with it.
package struct MFAMove<Outcome: Sendable>: Sendable {
    package var outcome: Outcome
    package var events: [AuditEvent]

    package init(_ outcome: Outcome, _ events: [AuditEvent] = []) {
        self.outcome = outcome
        self.events = events
    }
}
