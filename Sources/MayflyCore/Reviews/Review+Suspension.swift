package import Foundation

extension History {
    /// What reviews that are overdue at `now` mean for a person: `reviews` are all theirs that are not done.
    package mutating func note(_ reviews: [Review], now: Date) {
        let overdue = reviews.filter { $0.state(at: now) == .overdue }
        overdueReviews = overdue.count
        isSuspended = overdue.contains(where: \.terms.suspends)
        // One that suspends by itself is named first, then the one that is longest overdue.
        overdueReview =
            overdue.min {
                $0.terms.suspends == $1.terms.suspends ? $0.dueAt < $1.dueAt : $0.terms.suspends
            }?.id
    }
}

extension ReviewTerms {
    /// Why somebody has no more break-glass until reviews are done; nil when they have.
    package func suspension(_ history: History) -> Refusal? {
        guard history.overdueReviews > 0, suspends || history.isSuspended else { return nil }
        let review = history.overdueReview
        return Refusal(
            .denied,
            "\(history.overdueReviews) of your break-glass leases wait for a review that is overdue"
                + (review.map { ", such as \($0)" } ?? "") + "; until it is done you have no more",
            field: "break_glass",
            hint: "somebody else reviews it: `mayfly review \(review?.rawValue ?? "ID") --verdict … --note …`"
        )
    }
}

extension AuditEvent {
    /// - Parameter action: `reviewDue`, `reviewOverdue` or `reviewDone`.
    package init(_ action: Action, _ review: Review, by actor: Actor, at now: Date) {
        var details = [
            "review": review.id.rawValue, "requester": review.identity.shown,
            "person": review.person.rawValue, "due_at": AuditEncoding.timestamp(review.dueAt),
        ]
        details["reviewers"] = review.terms.reviewers.map(\.description).joined(separator: ",")
        details["verdict"] = review.finding?.verdict.rawValue
        if review.terms.suspends { details["suspends"] = "true" }
        self.init(
            at: now, actor: actor, action: action,
            subject: Subject(
                request: review.requestID, lease: review.leaseID, database: review.database,
                profile: review.profile),
            reason: review.finding?.note.rawValue, rule: review.rule, details: details)
    }
}
