import Foundation
import Logging
package import MayflyCore

/// The duty to look at what was taken as break-glass.
extension Broker {
    /// Reviews that the caller may see, newest first: their own, and those that they may give a verdict on; for auditors
    /// all.
    /// - Parameters:
    ///   - states: nil for all.
    ///   - mine: only those of the caller's own break-glass.
    package func reviews(
        _ states: Set<Review.State>?, mine: Bool, before: ReviewID?, limit: Int, by identity: Identity
    ) async throws(Refusal) -> [ReviewReport] {
        let now = timekeeper.now()
        var page = ReviewQuery(before: before, limit: 500)
        if let states, !states.contains(.done) { page.isDone = false }
        if states == [.done] { page.isDone = true }
        var found: [Review] = []
        repeat {
            let reviews = try await stored { () async throws(StoreError) in try await store.reviews(page) }
            found += reviews.filter { review in
                (states?.contains(review.state(at: now)) ?? true)
                    && (mine ? isOwn(review, of: identity) : sees(review, identity))
            }
            page.before = reviews.count == page.limit ? reviews.last?.id : nil
        } while page.before != nil && found.count < limit
        return try await reports(Array(found.prefix(limit)), for: identity, now)
    }

    /// By its id, its lease's or its request's, or the beginning of one (at least 4 characters, unambiguous).
    package func review(_ name: String, by identity: Identity) async throws(Refusal) -> ReviewReport {
        let found = try await visible(name, to: identity)
        return try await report(found, for: identity, timekeeper.now())
    }

    /// Gives the verdict: once, and by somebody else than whoever broke the glass.
    package func conclude(
        _ name: String, _ verdict: Review.Verdict, note: Reason, by identity: Identity
    ) async throws(Refusal) -> ReviewReport {
        let found = try await visible(name, to: identity)
        let now = timekeeper.now()
        let configuration = configuration
        let (isAuditor, inForce) = (isAuditor(identity), configuration.reviewers(of: found))
        let moved = try await stored { () async throws(StoreError) in
            try await store.move(found.id) { review in
                let outcome = review.conclude(
                    verdict, note: note, by: identity, people: configuration.people, inForce: inForce,
                    isAuditor: isAuditor, now: now)
                guard outcome == .done else { return RequestMove(outcome) }
                return RequestMove(
                    outcome, [AuditEvent(.reviewDone, review, by: .person(identity), at: now)])
            }
        }
        guard let moved else { throw Refusal(.internal, "the review is not there") }
        if case .refused(let why) = moved.outcome {
            let refusal = Refusal(why, on: moved.review)
            try await recordReviewRefused(moved.review, by: identity, refusal, now)
            throw refusal
        }
        return try await report(moved.review, for: identity, now)
    }

    /// How many wait, and how many of them too long.
    package func reviewCounts() async throws(Refusal) -> ReviewCounts {
        let now = timekeeper.now()
        let query = ReviewQuery(isDone: false, limit: .max)
        let states = try await stored { () async throws(StoreError) in try await store.reviews(query) }
            .map { $0.state(at: now) }
        return ReviewCounts(
            open: states.count { $0 == .open }, overdue: states.count { $0 == .overdue })
    }

    private func visible(_ name: String, to identity: Identity) async throws(Refusal) -> Review {
        let missing = Refusal(
            .notFound, "no review \(name.quoted())", field: "id", hint: "`mayfly reviews` lists them")
        guard (4...36).contains(name.utf8.count), name.utf8.allSatisfy(\.isHexOrDash) else { throw missing }
        let query = ReviewQuery(idPrefix: name, limit: 100)
        let found = try await stored { () async throws(StoreError) in try await store.reviews(query) }
            .filter { isOwn($0, of: identity) || sees($0, identity) }
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let review = found.first else { throw missing }
        return review
    }

    private func isOwn(_ review: Review, of identity: Identity) -> Bool {
        review.isOwn(of: identity, configuration.people)
    }

    /// Who has no say in it and is not whom it is about, for them it does not exist.
    private func sees(_ review: Review, _ identity: Identity) -> Bool {
        if isAuditor(identity) { return true }
        switch refusal(of: identity, review) {
        case nil, .over, .own: return true
        case .machine, .notReviewer: return false
        }
    }

    private func refusal(of identity: Identity, _ review: Review) -> Review.OutcomeRefusal? {
        let configuration = configuration
        return review.refusal(
            of: identity, configuration.people, configuration.reviewers(of: review), isAuditor(identity))
    }

    private func reports(_ reviews: [Review], for identity: Identity, _ now: Date) async throws(Refusal)
        -> [ReviewReport]
    {
        var reports: [ReviewReport] = []
        for review in reviews { reports.append(try await report(review, for: identity, now)) }
        return reports
    }

    private func report(_ review: Review, for identity: Identity, _ now: Date) async throws(Refusal)
        -> ReviewReport
    {
        let lease = try await stored { () async throws(StoreError) in try await store.lease(review.leaseID) }
        guard let lease else { throw Refusal(.internal, "the lease of a review is not there") }
        return ReviewReport(
            review: review, state: review.state(at: now), lease: lease,
            mayReview: review.finding == nil && refusal(of: identity, review) == nil)
    }

    private func recordReviewRefused(
        _ review: Review, by identity: Identity, _ refusal: Refusal, _ now: Date
    ) async throws(Refusal) {
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        let event = AuditEvent(
            at: now, actor: .person(identity), action: .reviewRefused, outcome: .denied,
            subject: .init(
                request: review.requestID, lease: review.leaseID, database: review.database,
                profile: review.profile),
            rule: review.rule, refusal: refusal, leftOut: leftOut)
        try await stored { () async throws(StoreError) in try await store.record([event]) }
    }

    // MARK: - Time

    /// Until cancelled.
    func keepReviews() async {
        while !Task.isCancelled {
            do { try await keepDueReviews() } catch {
                logger.error("reviews not looked after", metadata: ["error": "\(error)"])
            }
            // Cancelled with the broker, which the loop looks at.
            _ = try? await timekeeper.sleep(for: .seconds(1))
        }
    }

    /// Puts on record which are overdue: once, and again every day until somebody looks at them.
    private func keepDueReviews() async throws(StoreError) {
        let now = timekeeper.now()
        for due in try await store.dueReviews(now: now, limit: 100) {
            _ = try await store.move(due.id) { review in
                let isOverdue = review.tick(now: now)
                return RequestMove(
                    isOverdue, isOverdue ? [AuditEvent(.reviewOverdue, review, by: .broker, at: now)] : [])
            }
        }
    }
}

extension Configuration {
    /// Who may review it by the rule in force; nil when there is no such rule any more.
    func reviewers(of review: Review) -> [Principal]? {
        access.first { $0.name == review.rule && $0.outcome == .breakGlass }?.review.reviewers
    }
}

extension Refusal {
    /// What somebody is told whose verdict does not count.
    init(_ refusal: Review.OutcomeRefusal, on review: Review) {
        switch refusal {
        case .own:
            self.init(
                .denied, "review \(review.id) is about you: nobody reviews their own", field: "id",
                hint: "somebody else does")
        case .machine:
            self.init(.denied, "a job reviews nothing", hint: "people do, over the socket, as themselves")
        case .notReviewer:
            self.init(
                .denied, "you are no reviewer of \(review.id)", field: "id",
                hint: "`mayfly reviews` lists what you may review")
        case .over(let finding):
            self.init(
                .conflict, "review \(review.id) is done: \(finding.verdict.rawValue), by \(finding.by.user)",
                field: "id", hint: "a verdict is never changed")
        }
    }
}
