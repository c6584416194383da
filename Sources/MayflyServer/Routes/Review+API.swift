import MayflyAPI
import MayflyCore

extension MayflyAPI.Review {
    init(_ report: ReviewReport) {
        let review = report.review
        self.init(
            id: review.id.rawValue, state: ReviewState(report.state), requester: review.identity.user,
            requesterUid: review.identity.uid, person: review.person.rawValue,
            profile: review.profile.rawValue, database: review.database.rawValue, rule: review.rule,
            reason: report.lease.reason?.rawValue, lease: MayflyAPI.Lease(report.lease),
            createdAt: review.createdAt, dueAt: review.dueAt, overdueAt: review.overdueAt,
            suspends: review.terms.suspends, reviewers: review.terms.reviewers.map(\.description),
            mayReview: report.mayReview, verdict: review.finding.map { ReviewVerdict($0.verdict) },
            note: review.finding?.note.rawValue, reviewedBy: review.finding?.by.user,
            reviewedAt: review.finding?.at)
    }
}

extension ReviewState {
    init(_ state: MayflyCore.Review.State) {
        switch state {
        case .open: self = .open
        case .overdue: self = .overdue
        case .done: self = .done
        }
    }
}

extension ReviewVerdict {
    init(_ verdict: MayflyCore.Review.Verdict) {
        switch verdict {
        case .justified: self = .justified
        case .unjustified: self = .unjustified
        }
    }
}
