import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

/// The duty to review break-glass, in the transactions of what it is about.
extension StoreConformance {
    private static let alice = Person(rawValue: "alice")
    private static let terms = ReviewTerms(
        reviewers: [.group("dba"), .user("rita")], dueWithin: 3600, suspends: true)

    static let reviews = [
        StoreConformance("the duty to review begins when the lease becomes active, and not when it fails") {
            store in
            let failed = try await store.admitted(Sample.admission())
            let duty = ReviewDuty(terms, rule: "emergency", identity: Sample.identity())
            let made = Lease.Event.made(roleOID: 1, validUntil: failed.expiresAt)
            _ = try await store.step(failed, .undone, at: Sample.now)
            let late = LeaseStep(
                failed.id, made, audit: nil, review: Review(of: failed, duty, now: Sample.now))
            #expect(try await store.apply([late], now: Sample.now)[0].change == .impossible)
            #expect(try await store.reviews(ReviewQuery()).isEmpty)
            let review = try await store.brokeGlass(Sample.admission(), terms)
            #expect(try await store.reviews(ReviewQuery()) == [review])
            #expect(review.dueAt == Sample.now.addingTimeInterval(3600))
            let actions = try await store.audit(AuditQuery(newest: true, limit: 20)).map(\.event)
            #expect(actions.filter { $0.action == .reviewDue }.map(\.subject.lease) == [review.leaseID])
        },
        StoreConformance("a review is found by its id, its lease's, its request's, its person and its state")
        {
            store in
            let first = try await store.brokeGlass(Sample.admission(person: alice), terms)
            let second = try await store.brokeGlass(Sample.admission(uid: 7), terms)
            func found(_ query: ReviewQuery) async throws -> [ReviewID] {
                try await store.reviews(query).map(\.id)
            }
            #expect(try await found(ReviewQuery()) == [second.id, first.id])
            #expect(try await found(ReviewQuery(limit: 1)) == [second.id])
            #expect(try await found(ReviewQuery(before: second.id)) == [first.id])
            #expect(try await found(ReviewQuery(person: alice)) == [first.id])
            for id in [first.id.rawValue, first.leaseID.rawValue, first.requestID.rawValue] {
                #expect(try await found(ReviewQuery(idPrefix: id)) == [first.id])
                #expect(try await found(ReviewQuery(idPrefix: String(id.prefix(13)))) == [first.id])
                #expect(try await found(ReviewQuery(idPrefix: String(id.prefix(3)))).isEmpty)
            }
            #expect(try await found(ReviewQuery(idPrefix: "%%%%")).isEmpty)
            _ = try await store.conclude(first)
            #expect(try await found(ReviewQuery(isDone: false)) == [second.id])
            #expect(try await found(ReviewQuery(isDone: true)) == [first.id])
            #expect(try await store.reviews(ReviewQuery(isDone: true))[0].finding?.note == Sample.seen)
        },
        StoreConformance("of two verdicts at once one counts, with one record") { store in
            let review = try await store.brokeGlass(Sample.admission(), terms)
            let counted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for uid in 0..<16 {
                    group.addTask { try await store.conclude(review, by: UInt32(50 + uid)) == .done }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(counted == 1)
            let records = try await store.audit(AuditQuery(newest: true, limit: 50)).map(\.event.action)
            #expect(records.count { $0 == .reviewDone } == 1)
        },
        StoreConformance("what is overdue is due to be said, and again when that time comes") { store in
            let review = try await store.brokeGlass(Sample.admission(), terms)
            let due = { (seconds: Double) in
                try await store.dueReviews(now: Sample.now.addingTimeInterval(seconds), limit: 10).map(\.id)
            }
            #expect(try await due(3599).isEmpty)
            #expect(try await due(3600) == [review.id])
            let late = Sample.now.addingTimeInterval(3600)
            let moved = try await store.move(review.id) { RequestMove($0.tick(now: late)) }
            #expect(moved?.outcome == true && moved?.review.overdueAt == late)
            #expect(try await due(3600 + 86_399).isEmpty)
            #expect(try await due(3600 + 86_400) == [review.id])
            _ = try await store.conclude(review)
            #expect(try await due(9_999_999).isEmpty)
            let none = try await store.move(ReviewID()) { RequestMove($0.tick(now: late)) }
            #expect(none == nil)
        },
        StoreConformance(
            "an overdue review takes break-glass from the person in the transaction that would give it"
        ) {
            store in
            let review = try await store.brokeGlass(Sample.admission(person: alice), terms)
            func ask(_ seconds: Double, _ person: Person = alice, _ terms: ReviewTerms? = terms) async throws
                -> Refusal?
            {
                var admission = try Sample.admission(
                    uid: 99, person: person, at: Sample.now.addingTimeInterval(seconds))
                admission.review = terms
                return if case .overQuota(let refusal) = try await store.admit(admission) { refusal } else {
                    nil
                }
            }
            #expect(try await ask(3599) == nil)
            let refusal = try await ask(3600)
            #expect(refusal?.code == .denied && refusal?.message.contains(review.id.rawValue) == true)
            // By what it began with, whatever the rule says that is asked for now; and nobody else, nothing else.
            #expect(try await ask(3600, alice, ReviewTerms()) != nil)
            #expect(try await ask(3600, Person(rawValue: "bob")) == nil)
            #expect(try await ask(3600, alice, nil) == nil)
            // Nor does another name in the configuration give it back.
            var renamed = try Sample.admission(
                person: Person(rawValue: "ann"), at: Sample.now.addingTimeInterval(3600))
            renamed.review = terms
            renamed.identities = Identities(Person(rawValue: "ann"), keys: ["uid:1001"])
            guard case .overQuota = try await store.admit(renamed) else {
                Issue.record("a new name, a clean sheet")
                return
            }
            let query = HistoryQuery(
                Identities(alice), profile: Sample.read, now: Sample.now.addingTimeInterval(3600),
                wantsReviews: true)
            let history = try await store.history(query)
            #expect(history.overdueReviews == 1 && history.overdueReview == review.id && history.isSuspended)
            _ = try await store.conclude(review)
            #expect(try await ask(3600) == nil)
        },
        StoreConformance("a lease keeps that it was taken as break-glass") { store in
            let plain = try await store.admitted(Sample.admission())
            #expect(try await store.lease(plain.id)?.isBreakGlass == false)
            let review = try await store.brokeGlass(Sample.admission(), terms)
            #expect(try await store.lease(review.leaseID)?.isBreakGlass == true)
            let due = try await store.recover(owner: "x", now: Sample.now)
            #expect(due == 1)  // the one in `creating`
            #expect(try await store.lease(review.leaseID)?.isBreakGlass == true)
        },
    ]
}

extension StoreConformanceSample {
    fileprivate static let seen = Reason(rawValue: "seen")!  // a literal that is one

    /// The same, taken as break-glass.
    fileprivate static func breakGlass(_ admission: Admission, _ terms: ReviewTerms) throws -> Admission {
        var admission = admission
        guard let lease = admission.lease else { return admission }
        let plain = try grant(profile: lease.profile, database: lease.database)
        let grant = Grant(
            profile: plain.profile, rule: "emergency", ttl: plain.ttl, maximum: plain.maximum,
            person: lease.requester.person, isBreakGlass: true, review: terms)
        admission.lease = Lease(
            id: lease.id, requestID: lease.requestID, grant: grant, engine: lease.engine,
            requester: lease.requester, reason: lease.reason, ticket: lease.ticket, role: lease.role,
            now: now,
            settleBy: now)
        return admission
    }
}

extension Store {
    /// The review of a lease that was taken as break-glass.
    func brokeGlass(_ admission: Admission, _ terms: ReviewTerms) async throws -> Review {
        let lease = try await admitted(try Sample.breakGlass(admission, terms))
        let duty = ReviewDuty(
            terms, rule: "emergency", identity: Sample.identity(uid: lease.requester.uid))
        let review = Review(of: lease, duty, now: Sample.now)
        let step = LeaseStep(
            lease.id, .made(roleOID: 1, validUntil: lease.expiresAt),
            audit: Sample.event(.leaseActive, of: lease), review: review)
        _ = try await apply([step], now: Sample.now)
        return review
    }

    @discardableResult
    fileprivate func conclude(_ review: Review, by uid: UInt32 = 42) async throws -> Review.Outcome? {
        try await move(review.id) { review in
            let outcome = review.conclude(
                .justified, note: Sample.seen, by: Sample.identity(uid: uid), people: People(), inForce: nil,
                isAuditor: true, now: Sample.now)
            let done = AuditEvent(
                .reviewDone, review, by: .person(Sample.identity(uid: uid)), at: Sample.now)
            return RequestMove(outcome, outcome == .done ? [done] : [])
        }?.outcome
    }
}
