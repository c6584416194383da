/// A review after an event, and what came of it.
package struct ReviewMoved<Outcome: Sendable>: Sendable {
    package var review: Review
    package var outcome: Outcome

    package init(_ review: Review, _ outcome: Outcome) {
        self.review = review
        self.outcome = outcome
    }
}
