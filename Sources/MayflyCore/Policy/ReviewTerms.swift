/// The duty to look at a break-glass lease afterwards.
package struct ReviewTerms: Hashable, Sendable, Codable {
    /// Who may review, besides auditors and administrators.
    package var reviewers: [Principal]
    /// Seconds from the issue.
    package var dueWithin: Int
    /// An overdue review takes break-glass from the person until it is done.
    package var suspends: Bool

    package init(reviewers: [Principal] = [], dueWithin: Int = 86_400, suspends: Bool = false) {
        self.reviewers = reviewers
        self.dueWithin = dueWithin
        self.suspends = suspends
    }
}
