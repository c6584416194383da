import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Break-glass and its reviews as the broker carries them out.
struct ReviewsTests {
    typealias Bench = ApprovalBench
    static let root = Identity(uid: 0, user: "root", groups: [], pid: 8)

    /// Eve may break the glass, whose reviewers are the owners; so may Alice, who has another account among them.
    private static func configuration(
        suspends: Bool = true, reviewers: [Principal] = [.group("owners")]
    ) -> Configuration {
        Bench.configuration(first: [
            AccessRule(
                name: "emergency", who: [.user("eve"), .user("alice")], profiles: ["orders-write"],
                outcome: .breakGlass, limits: .init(maxTTL: TTL(clamping: 600)),
                review: ReviewTerms(reviewers: reviewers, dueWithin: 3600, suspends: suspends))
        ])
    }

    private func breakGlass(
        _ bench: Bench, by identity: Identity = Bench.eve, ttl: Int? = nil, reason: String? = "all is down"
    ) async throws -> Issued {
        let wish = LeaseRequest(
            profile: Bench.write, ttl: ttl.map { TTL(clamping: $0) },
            reason: reason.flatMap { Reason(rawValue: $0) }, ticket: nil, isBreakGlass: true)
        guard case .issued(let issued) = try await bench.broker.ask(wish, by: identity, idempotencyKey: nil)
        else { throw TestServerError.timedOut("a lease") }
        return issued
    }

    private func conclude(
        _ bench: Bench, _ id: String, by identity: Identity, _ verdict: Review.Verdict = .justified
    ) async throws -> Review.State {
        try await bench.broker.conclude(id, verdict, note: try Reason(parsing: "seen"), by: identity).state
    }

    private func listed(_ bench: Bench, _ states: Set<Review.State>? = nil, mine: Bool = false, by: Identity)
        async throws -> [ReviewReport]
    {
        try await bench.broker.reviews(states, mine: mine, before: nil, limit: 100, by: by)
    }

    @Test("Who breaks the glass has access at once, briefly and for a reason, and a review that others see")
    func story() async throws {
        let bench = try await Bench(Self.configuration())
        #expect(await refused { try await breakGlass(bench, reason: nil) } == .reasonRequired)
        #expect(await refused { try await breakGlass(bench, ttl: 601) } == .ttlAboveMaximum)
        #expect(try await listed(bench, by: Bench.auditor).isEmpty)
        let lease = try await breakGlass(bench).lease
        #expect(lease.isBreakGlass)
        for (identity, count) in [
            (Bench.eve, 1), (Bench.carol, 1), (Bench.auditor, 1), (Self.root, 1), (Bench.oscar, 0),
            (Bench.sam, 0),
        ] { #expect(try await listed(bench, by: identity).count == count, "\(identity.user)") }
        #expect(try await listed(bench, mine: true, by: Bench.carol).isEmpty)
        let seen = try #require(try await listed(bench, [.open], by: Bench.carol).first)
        #expect(seen.mayReview && seen.lease.id == lease.id && seen.lease.reason?.rawValue == "all is down")
        #expect(try await listed(bench, mine: true, by: Bench.eve).map(\.mayReview) == [false])

        let id = lease.id.rawValue
        #expect(await refused { try await conclude(bench, id, by: Bench.eve) } == .denied)
        #expect(await refused { try await conclude(bench, id, by: Bench.sam) } == .notFound)
        #expect(try await conclude(bench, String(id.prefix(8)), by: Bench.carol, .unjustified) == .done)
        #expect(await refused { try await conclude(bench, id, by: Bench.auditor) } == .conflict)
        let done = try #require(try await listed(bench, [.done], by: Bench.eve).first)
        #expect(done.review.finding?.verdict == .unjustified && done.review.finding?.by.user == "carol")
        let actions = try await bench.actions()
        #expect(actions.count { $0 == .reviewDue } == 1 && actions.count { $0 == .reviewDone } == 1)
        #expect(actions.contains(.reviewRefused))
        let active = try await bench.store.audit(AuditQuery(newest: true, limit: 100)).map(\.event)
            .first { $0.action == .leaseActive }
        #expect(active?.details["break_glass"] == "true")
        await bench.broker.stop()
    }

    @Test("Nobody reviews their own, by whichever account; a job reviews nothing")
    func fourEyes() async throws {
        let bench = try await Bench(Self.configuration())
        let lease = try await breakGlass(bench, by: Bench.alice).lease
        #expect(
            await refused { try await conclude(bench, lease.id.rawValue, by: Bench.aliceAdmin) } == .denied)
        let job = Identity(
            uid: 1003, user: "carol", groups: ["owners"], pid: nil,
            token: TokenIdentity(issuer: "github", subject: "repo:x", expiresAt: .distantFuture))
        #expect(await refused { try await conclude(bench, lease.id.rawValue, by: job) } == .notFound)
        #expect(try await conclude(bench, lease.requestID.rawValue, by: Bench.auditor) == .done)
        await bench.broker.stop()
    }

    @Test(
        "Overdue it nags every day, takes break-glass from the person by every account, and a verdict gives it back"
    )
    func overdue() async throws {
        let bench = try await Bench(Self.configuration())
        let lease = try await breakGlass(bench, by: Bench.alice).lease
        _ = try await breakGlass(bench, by: Bench.alice)
        bench.clock.advance(by: .seconds(3600))
        // At once by the clock, before anybody has put it on record.
        #expect(await refused { try await breakGlass(bench, by: Bench.alice) } == .denied)
        try await bench.pass { try await bench.actions().count { $0 == .reviewOverdue } == 2 }
        let wish = LeaseRequest(
            profile: Bench.write, ttl: nil, reason: Reason(rawValue: "down"), ticket: nil, isBreakGlass: true)
        let explained = try await bench.broker.explain(wish, of: Bench.alice, at: nil, by: Bench.alice)
        guard case .deny(let why) = explained.decision else {
            Issue.record("allowed")
            return
        }
        let first = try #require(try await listed(bench, [.overdue], by: Bench.auditor).last)
        #expect(why.message.contains(first.review.id.rawValue), "\(why)")
        // Others go on, and so does what is no break-glass.
        _ = try await breakGlass(bench)
        _ = try await bench.ask(Bench.read)
        #expect(try await bench.broker.reviewCounts() == ReviewCounts(open: 1, overdue: 2))
        bench.clock.advance(by: .seconds(86_400))
        try await bench.pass { try await bench.actions().count { $0 == .reviewOverdue } >= 4 }
        _ = try await conclude(bench, lease.id.rawValue, by: Bench.carol)
        #expect(await refused { try await breakGlass(bench, by: Bench.alice) } == .denied)
        for report in try await listed(bench, [.open, .overdue], by: Bench.carol) {
            _ = try await conclude(bench, report.review.id.rawValue, by: Bench.carol)
        }
        _ = try await breakGlass(bench, by: Bench.alice)
        await bench.broker.stop()
    }

    @Test("Without `suspend` it nags only; a rule that suspends by now counts")
    func nagsOnly() async throws {
        let bench = try await Bench(Self.configuration(suspends: false))
        _ = try await breakGlass(bench)
        bench.clock.advance(by: .seconds(3600))
        _ = try await breakGlass(bench)
        try await bench.broker.reload(Self.configuration(suspends: true))
        #expect(await refused { try await breakGlass(bench) } == .denied)
        await bench.broker.stop()
    }

    @Test("A failed issue leaves no duty, and a restart keeps those that there are")
    func failures() async throws {
        let bench = try await Bench(Self.configuration())
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        #expect(await refused { try await breakGlass(bench) } == .databaseUnreachable)
        bench.engine.fail(with: nil)
        #expect(try await bench.store.reviews(ReviewQuery()).isEmpty)
        _ = try await breakGlass(bench)
        let broker = try await bench.restarted(Self.configuration())
        bench.clock.advance(by: .seconds(3600))
        try await bench.pass { try await bench.actions().contains(.reviewOverdue) }
        #expect(try await broker.reviewCounts() == ReviewCounts(open: 0, overdue: 1))
        await broker.stop()
    }

    @Test("Who is no reviewer any more has no say; who became one has none either")
    func edits() async throws {
        let bench = try await Bench(Self.configuration())
        let lease = try await breakGlass(bench).lease
        try await bench.broker.reload(Self.configuration(reviewers: [.group("security")]))
        for identity in [Bench.carol, Bench.sam] {
            #expect(await refused { try await conclude(bench, lease.id.rawValue, by: identity) } == .notFound)
        }
        #expect(try await conclude(bench, lease.id.rawValue, by: Bench.bob) == .done)
        await bench.broker.stop()
    }

    @Test("A lockdown beats break-glass")
    func lockdown() async throws {
        let bench = try await Bench(Self.configuration())
        _ = try await bench.broker.lockDown(
            LockdownOrder(scope: .profile(Bench.write), reason: try Reason(parsing: "incident 12")),
            by: Self.root)
        #expect(await refused { try await breakGlass(bench) } == .lockdown)
        #expect(try await bench.store.reviews(ReviewQuery()).isEmpty)
        await bench.broker.stop()
    }
}
