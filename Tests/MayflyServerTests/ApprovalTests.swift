import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// From a request to its credential through people's hands.
struct ApprovalTests {
    typealias Bench = ApprovalBench

    @Test(
        "Nothing is issued before each step has its people; then its requester redeems it, with its time from then on"
    )
    func story() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        #expect(bench.engine.existing.isEmpty)
        #expect(await refused { try await bench.redeem(request) } == .conflict)
        try await bench.approve(request, by: Bench.carol)
        #expect(try await bench.state(request) == .pending)
        try await bench.approve(request, by: Bench.sam)
        #expect(try await bench.state(request) == .approved)
        #expect(bench.engine.existing.isEmpty)
        bench.clock.advance(by: .seconds(600))
        let issued = try await bench.redeem(request)
        #expect(issued.request.state == .issued)
        #expect(issued.lease.expiresAt.timeIntervalSince(issued.lease.createdAt) == 1800)
        #expect(issued.lease.requestID == request.id)
        // People approved 30 minutes: there is no renewing beyond.
        #expect(issued.lease.endsLatestAt == issued.lease.expiresAt)
        #expect(bench.engine.existing.keys.contains(issued.lease.id))
        let actions = try await bench.actions().suffix(7)
        #expect(
            Array(actions) == [
                .requestCreated, .requestApproval, .requestApproval, .requestApproved, .requestRedeemed,
                .leaseCreating, .leaseActive,
            ])
        await bench.broker.stop()
    }

    @Test("Self-approval by another identity, one person in two groups, and voting twice get nobody further")
    func fourEyes() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        #expect(await refused { try await bench.approve(request, by: Bench.alice) } == .denied)
        #expect(await refused { try await bench.approve(request, by: Bench.aliceAdmin) } == .denied)
        // Not an approver at all, and not to see it either.
        #expect(await refused { try await bench.approve(request, by: Bench.eve) } == .notFound)
        try await bench.approve(request, by: Bench.bob)
        #expect(await refused { try await bench.approve(request, by: Bench.bob) } == .denied)
        #expect(try await bench.state(request) == .pending)
        #expect(try await bench.actions().filter { $0 == .requestVoteRefused }.count == 3)
        try await bench.approve(request, by: Bench.sam)
        // The reply may have been lost: the same word again is no mistake, and counts once.
        try await bench.approve(request, by: Bench.sam)
        #expect(try await bench.store.request(request.id)?.course?.votes.count == 2)
        await bench.broker.stop()
    }

    @Test("A job approves nothing, whoever runs it")
    func machine() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        var job = Bench.carol
        job.token = TokenIdentity(
            issuer: "github", subject: "repo:acme/orders", claims: [:], amr: [], acr: nil,
            authenticatedAt: nil,
            expiresAt: .distantFuture)
        #expect(await refused { try await bench.approve(request, by: job) } == .notFound)
        #expect(try await bench.store.request(request.id)?.course?.votes.isEmpty == true)
        await bench.broker.stop()
    }

    @Test(
        "What nobody decided expires, and so does what nobody redeemed; neither is approved or redeemed after"
    )
    func expiry() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.approved())
        bench.clock.advance(by: .seconds(3600))
        #expect(await refused { try await bench.redeem(second) } == .conflict)
        try await bench.pass { try await bench.state(second) == .expired }
        bench.clock.advance(by: .seconds(86_400))
        #expect(await refused { try await bench.approve(first, by: Bench.carol) } == .conflict)
        try await bench.pass { try await bench.state(first) == .expired }
        #expect(try await bench.actions().filter { $0 == .requestExpired }.count == 2)
        await bench.broker.stop()
    }

    @Test("A step that nobody decides is escalated, on record, also when the broker was away meanwhile")
    func escalation() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.pending())
        #expect(await refused { try await bench.approve(first, by: Bench.oscar) } == .notFound)
        try await bench.pass {
            bench.clock.advance(by: .seconds(10))
            return try await bench.actions().contains(.requestEscalated)
        }
        try await bench.approve(first, by: Bench.oscar)
        let broker = try await bench.restarted()
        try await eventually("what waits is looked after in the next life too") {
            try await bench.store.request(second.id)?.course?.level == 1
        }
        let after = try await broker.vote(.approve, on: second.id.rawValue, reason: nil, by: Bench.oscar)
        #expect(after.course?.currentStep == 1)
        await broker.stop()
    }

    @Test("One denial ends it, with a reason, which its requester reads")
    func denial() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        #expect(
            await refused {
                try await bench.broker.vote(.deny, on: request.id.rawValue, reason: nil, by: Bench.carol)
            } == .reasonRequired)
        let reason = try Reason(parsing: "use the replica")
        _ = try await bench.broker.vote(.deny, on: request.id.rawValue, reason: reason, by: Bench.sam)
        let seen = try await bench.broker.request(request.id.rawValue, by: Bench.alice)
        #expect(seen.state == .denied)
        #expect(seen.course?.votes.last?.reason == reason)
        #expect(await refused { try await bench.approve(request, by: Bench.carol) } == .conflict)
        await bench.broker.stop()
    }

    @Test("Its requester alone withdraws it, approved or not")
    func withdrawal() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.approved())
        #expect(
            await refused { try await bench.broker.withdraw(first.id.rawValue, by: Bench.carol) } == .denied)
        for request in [first, second] {
            #expect(
                try await bench.broker.withdraw(request.id.rawValue, by: Bench.alice).state == .withdrawn)
        }
        #expect(await refused { try await bench.redeem(second) } == .conflict)
        await bench.broker.stop()
    }

    @Test("What is approved is what was asked: a profile that gives something else by then is not")
    func changed() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.approved())
        // In the name of an owner its sessions could do all that the owner can.
        for other in [
            Bench.configuration(groups: ["orders_admin"]),
            Bench.configuration(create: .init(owner: "orders_owner", ddlAsOwner: true)),
        ] {
            try await bench.broker.reload(other)
            #expect(await refused { try await bench.approve(first, by: Bench.carol) } == .conflict)
            #expect(await refused { try await bench.redeem(second) } == .conflict)
        }
        #expect(bench.engine.existing.isEmpty)
        // What was edited in vain goes on.
        try await bench.broker.reload(Bench.configuration())
        try await bench.approve(first, by: Bench.carol)
        await bench.broker.stop()
    }

    @Test("A request keeps the steps that decided it, but whoever lost the right to approve has lost it")
    func edited() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        let only = ApprovalTerms(steps: [
            ApprovalStep(name: "owner", approvers: [.user("bob"), .user("eve")])
        ])
        try await bench.broker.reload(Bench.configuration(terms: only))
        #expect(await refused { try await bench.approve(request, by: Bench.carol) } == .denied)
        #expect(await refused { try await bench.approve(request, by: Bench.eve) } == .notFound)
        try await bench.approve(request, by: Bench.bob)
        // The step that the edit took away is still asked for, and its people have no say any more.
        #expect(try await bench.state(request) == .pending)
        #expect(await refused { try await bench.approve(request, by: Bench.sam) } == .denied)
        try await bench.broker.reload(Bench.configuration())
        try await bench.approve(request, by: Bench.sam)
        #expect(try await bench.state(request) == .approved)
        await bench.broker.stop()
    }

    @Test("A step that was renamed, or whose rule was, is approved by those who are approvers still")
    func renamed() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.pending())
        let steps = [
            ApprovalStep(name: "lead", approvers: [.user("bob"), .user("eve")]),
            ApprovalStep(name: "review", approvers: [.user("sam")]),
        ]
        var edited = Bench.configuration(terms: ApprovalTerms(steps: steps))
        for request in [first, second] {
            try await bench.broker.reload(edited)
            #expect(await refused { try await bench.approve(request, by: Bench.carol) } == .denied)
            #expect(await refused { try await bench.approve(request, by: Bench.eve) } == .notFound)
            try await bench.approve(request, by: Bench.bob, Bench.sam)
            #expect(try await bench.state(request) == .approved)
            edited.access[0].name = "write after review"
        }
        await bench.broker.stop()
    }

    @Test(
        "A rule that was turned to deny, or has one before it now, stops what waits and what was not redeemed",
        arguments: [true, false])
    func turnedToDeny(itself: Bool) async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.approved())
        let no = AccessRule(
            name: "freeze", who: [.anyone], profiles: [Glob("orders-*")], outcome: .deny)
        try await bench.broker.reload(
            itself ? Bench.configuration(outcome: .deny) : Bench.configuration(first: [no]))
        #expect(try await bench.state(first) == .denied)
        #expect(try await bench.state(second) == .denied)
        #expect(await refused { try await bench.redeem(second) } == .conflict)
        await bench.broker.stop()
    }

    @Test("The list of what waits for somebody has what their vote would count for, and nothing else")
    func toApprove() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        func waits(_ identity: Identity) async throws -> Bool {
            try await bench.broker.requestsToApprove(RequestQuery(), by: identity).map(\.id) == [request.id]
        }
        #expect(try await waits(Bench.carol))
        #expect(try await !waits(Bench.sam))
        for nobody in [Bench.alice, Bench.aliceAdmin, Bench.eve, Bench.auditor] {
            #expect(try await !waits(nobody))
        }
        try await bench.approve(request, by: Bench.carol)
        #expect(try await waits(Bench.sam))
        #expect(try await !waits(Bench.carol))
        await bench.broker.stop()
    }

    @Test(
        "A request that is not one's own and not to decide on does not exist; its beginning is enough for others"
    )
    func visibility() async throws {
        let bench = try await Bench()
        let request = try await bench.pending()
        let prefix = String(request.id.rawValue.prefix(8))
        for identity in [Bench.alice, Bench.carol, Bench.sam, Bench.auditor] {
            #expect(try await bench.broker.request(prefix, by: identity).id == request.id)
        }
        for name in [prefix, request.id.rawValue] {
            #expect(await refused { try await bench.broker.request(name, by: Bench.eve) } == .notFound)
        }
        #expect(await refused { try await bench.broker.request("abc", by: Bench.auditor) } == .notFound)
        await bench.broker.stop()
    }

    @Test("An approver sees what came before and what is unusual; the requester sees nothing of it")
    func context() async throws {
        let bench = try await Bench()
        let first = try await bench.pending()
        _ = try await bench.broker.vote(
            .deny, on: first.id.rawValue, reason: try Reason(parsing: "no"), by: Bench.carol)
        _ = try await bench.ask(Bench.read)
        bench.clock.advance(by: .seconds(60))
        let request = try await bench.pending()
        let context = try #require(try await bench.broker.context(of: request, for: Bench.sam))
        #expect(context.earlier.map(\.id) == [first.id])
        #expect(context.lastAccessAt == nil)
        #expect(context.active.map(\.profile) == [Bench.read])
        #expect(context.flags.map(\.kind) == [.firstRequest, .earlierDenial])
        #expect(context.privileges == ["SELECT on table public.orders_rw"])
        #expect(try await bench.broker.context(of: request, for: Bench.alice) == nil)
        await bench.broker.stop()
    }

    @Test("When the record cannot be written, no vote counts and nothing is redeemed")
    func unwritable() async throws {
        let bench = try await Bench()
        let (first, second) = (try await bench.pending(), try await bench.approved())
        bench.store.fail(with: .unwritable("disk full"))
        #expect(await refused { try await bench.approve(first, by: Bench.carol) } == .stateUnwritable)
        #expect(await refused { try await bench.redeem(second) } == .stateUnwritable)
        bench.store.fail(with: nil)
        #expect(try await bench.store.request(first.id)?.course?.votes.isEmpty == true)
        #expect(bench.engine.existing.isEmpty)
        _ = try await bench.redeem(second)
        await bench.broker.stop()
    }
}
