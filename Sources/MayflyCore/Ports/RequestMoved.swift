/// A request after an event, and what came of it.
package struct RequestMoved<Outcome: Sendable>: Sendable {
    package var request: AccessRequest
    package var outcome: Outcome

    package init(_ request: AccessRequest, _ outcome: Outcome) {
        self.request = request
        self.outcome = outcome
    }
}
