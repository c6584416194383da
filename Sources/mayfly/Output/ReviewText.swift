import Foundation
import MayflyAPI

/// Reviews for people.
enum ReviewText {
    static func table(_ reviews: [Review], time: LocalTime) -> Table {
        Table([
            .init("REVIEW", reviews.map(\.id)),
            .init("STATE", reviews.map { $0.verdict?.rawValue ?? $0.state.rawValue }),
            .init("PROFILE", reviews.map(\.profile)),
            .init("REQUESTER", reviews.map(\.requester)),
            .init("TAKEN", rank: 2, reviews.map { time.text($0.createdAt) }),
            .init("DUE", rank: 1, reviews.map { $0.verdict == nil ? time.text($0.dueAt) : "" }),
            .init("REASON", rank: 3, reviews.map { $0.reason ?? "" }),
        ])
    }

    static func fields(_ review: Review, time: LocalTime) -> Fields {
        var fields = Fields()
        let lease = review.lease
        fields.add("review", review.id)
        fields.add("state", review.state.rawValue)
        let person = review.person == review.requester ? "" : ", \(review.person)"
        fields.add("requester", "\(review.requester) (uid \(review.requesterUid)\(person))")
        fields.add("reason", review.reason)
        fields.add("ticket", lease.ticket)
        fields.add("profile", "\(review.profile) on \(review.database)")
        fields.add("rule", review.rule)
        fields.add("taken", time.text(review.createdAt))
        fields.add("lease", "\(lease.id), \(lease.state)\(lease.endReason.map { " (\($0))" } ?? "")")
        fields.add("role", lease.role)
        if let ended = lease.endedAt {
            let seconds = max(1, Int(ended.timeIntervalSince(review.createdAt).rounded()))
            fields.add("ended", "\(time.text(ended)), after \(HumanTime.duration(seconds: seconds))")
        } else {
            fields.add("ends", time.end(lease.expiresAt))
        }
        fields.add("due", review.verdict == nil ? time.end(review.dueAt) : nil)
        fields.add("suspends", review.suspends ? "no more break-glass while it is overdue" : nil)
        fields.add("reviewers", (review.reviewers + ["auditors", "administrators"]).joined(separator: ", "))
        fields.add("verdict", review.verdict?.rawValue)
        fields.add("note", review.note)
        if let by = review.reviewedBy, let at = review.reviewedAt {
            fields.add("reviewed", "\(time.text(at)) by \(by)")
        }
        return fields
    }
}
