package import MayflyCore

/// A review with what helps to give a verdict.
package struct ReviewReport: Sendable {
    package var review: Review
    package var state: Review.State
    /// What was taken: how long, and how it stands.
    package var lease: Lease
    /// The caller's verdict would count now.
    package var mayReview: Bool

    package init(review: Review, state: Review.State, lease: Lease, mayReview: Bool) {
        self.review = review
        self.state = state
        self.lease = lease
        self.mayReview = mayReview
    }
}
