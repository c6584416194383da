import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// More time for a lease, decided like a request.
struct ExtensionTests {
    typealias Bench = ApprovalBench

    private func extend(
        _ lease: Lease, _ bench: Bench, minutes: Int, by identity: Identity = Bench.alice, key: String? = nil
    ) async throws -> ExtensionAnswer {
        try await bench.broker.extend(
            lease.id.rawValue, ttl: try TTL(seconds: minutes * 60), reason: nil, ticket: nil, by: identity,
            idempotencyKey: key)
    }

    private func lease(_ bench: Bench) async throws -> Lease {
        guard case .issued(let issued) = try await bench.ask(Bench.read) else {
            throw TestServerError.timedOut("a lease")
        }
        return issued.lease
    }

    @Test(
        "Within what the rule gives it is automatic, in the server too; beyond it is refused where nobody can say yes"
    )
    func automatic() async throws {
        let bench = try await Bench()
        let lease = try await lease(bench)
        let answer = try await extend(lease, bench, minutes: 20)
        #expect(answer.request.state == .issued)
        #expect(answer.lease?.expiresAt == lease.expiresAt.addingTimeInterval(1200))
        #expect(try await bench.actions().contains(.leaseExtended))
        #expect(await refused { try await extend(lease, bench, minutes: 20) } == .ttlAboveMaximum)
        await bench.broker.stop()
    }

    @Test("Beyond what was approved it goes through the same steps, and the lease goes on meanwhile")
    func approved() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let answer = try await extend(lease, bench, minutes: 60)
        #expect(answer.lease == nil)
        #expect(answer.request.state == .pending)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        // Who approved the first time approves again, and carries it out with the last word.
        let after = try await bench.approve(answer.request, by: Bench.carol, Bench.sam)
        #expect(after.state == .issued)
        let extended = try await bench.store.lease(lease.id)
        #expect(extended?.expiresAt == lease.expiresAt.addingTimeInterval(3600))
        #expect(extended?.endsLatestAt == lease.expiresAt.addingTimeInterval(3600))
        await bench.broker.stop()
    }

    @Test(
        "Nobody gets to approve by extending: an approver cannot extend another's lease, nor its holder approve it"
    )
    func attacks() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        for identity in [Bench.carol, Bench.sam, Bench.bob, Bench.aliceAdmin] {
            #expect(await refused { try await extend(lease, bench, minutes: 60, by: identity) } == .notFound)
        }
        #expect(await refused { try await extend(lease, bench, minutes: 60, by: Bench.auditor) } == .denied)
        let answer = try await extend(lease, bench, minutes: 60)
        for identity in [Bench.alice, Bench.aliceAdmin] {
            #expect(await refused { try await bench.approve(answer.request, by: identity) } == .denied)
        }
        #expect(await refused { try await bench.redeem(answer.request) } == .conflict)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        await bench.broker.stop()
    }

    @Test("A lease that ended meanwhile is not extended, whoever approves, and its request expires with it")
    func ended() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let answer = try await extend(lease, bench, minutes: 60)
        try await bench.approve(answer.request, by: Bench.carol)
        _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Bench.alice)
        #expect(try await bench.approve(answer.request, by: Bench.sam).state == .expired)

        let second = try await bench.redeem(try await bench.approved()).lease
        let late = try await extend(second, bench, minutes: 60)
        bench.clock.advance(by: .seconds(1800))
        #expect(await refused { try await bench.approve(late.request, by: Bench.carol) } == .conflict)
        try await bench.pass { try await bench.state(late.request) == .expired }
        await bench.broker.stop()
    }

    @Test("A server that is down gets the extension when it is back, also from the next life")
    func serverDown() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let answer = try await extend(lease, bench, minutes: 60)
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        let waiting = try await bench.approve(answer.request, by: Bench.carol, Bench.sam)
        #expect(waiting.state == .approved)
        #expect(waiting.course?.obstacle != nil)
        let broker = try await bench.restarted()
        bench.engine.fail(with: nil)
        try await bench.pass { try await bench.state(answer.request) == .issued }
        #expect(
            try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt.addingTimeInterval(3600))
        await broker.stop()
    }

    @Test(
        "A lease that is to live longer takes the steps that its whole life takes, whatever is added at a time"
    )
    func tiers() async throws {
        var configuration = Bench.configuration(terms: ApprovalTerms(steps: [Bench.terms.steps[0]]))
        configuration.access[0].tiers = [
            .init(
                above: try TTL(seconds: 480 * 60), requires: .init(reason: .init(minimumLength: 3)),
                approval: ApprovalTerms(steps: [Bench.terms.steps[1]]))
        ]
        let bench = try await Bench(configuration)
        let request = try await bench.approve(try await bench.pending(ttl: 480 * 60), by: Bench.carol)
        let lease = try await bench.redeem(request).lease
        #expect(await refused { try await extend(lease, bench, minutes: 10) } == .reasonRequired)
        let answer = try await bench.broker.extend(
            lease.id.rawValue, ttl: TTL(seconds: 600), reason: Reason(parsing: "not done yet"), ticket: nil,
            by: Bench.alice, idempotencyKey: nil)
        #expect(answer.request.course?.terms.steps.map(\.name) == ["owner", "security"])
        try await bench.approve(answer.request, by: Bench.carol)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        await bench.broker.stop()
    }

    @Test("Renewing gets nobody past a tier: what it demands is taken by an extension")
    func renewingIntoATier() async throws {
        var configuration = Bench.configuration()
        configuration.access[1].tiers = [
            .init(above: try TTL(seconds: 2400), requires: .init(ticket: .init())),
            .init(above: try TTL(seconds: 2700), approval: Bench.terms),
        ]
        let bench = try await Bench(configuration)
        let lease = try await lease(bench)
        #expect(lease.endsLatestAt == lease.createdAt.addingTimeInterval(2400))
        let tooLong = try TTL(seconds: 2460)
        #expect(
            await refused { try await bench.broker.renew(lease.id, ttl: tooLong, by: Bench.alice) }
                == .ttlAboveMaximum)
        #expect(await refused { try await extend(lease, bench, minutes: 14) } == .ticketRequired)
        let answer = try await bench.broker.extend(
            lease.id.rawValue, ttl: TTL(seconds: 1200), reason: nil, ticket: Ticket(parsing: "OPS-1"),
            by: Bench.alice, idempotencyKey: nil)
        #expect(answer.request.course?.terms.steps.map(\.name) == ["owner", "security"])
        await bench.broker.stop()
    }

    @Test("While one extension of a lease is open there is no second; taken back, it makes room for another")
    func second() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let other = try await bench.redeem(try await bench.approved()).lease
        let first = try await extend(lease, bench, minutes: 60).request
        #expect(await refused { try await extend(lease, bench, minutes: 30) } == .conflict)
        _ = try await extend(other, bench, minutes: 30)
        // Also while it is approved, and the server cannot be reached.
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        try await bench.approve(first, by: Bench.carol, Bench.sam)
        #expect(try await bench.state(first) == .approved)
        #expect(await refused { try await extend(lease, bench, minutes: 30) } == .conflict)
        _ = try await bench.broker.withdraw(first.id.rawValue, by: Bench.alice)
        #expect(try await extend(lease, bench, minutes: 30).request.state == .pending)
        await bench.broker.stop()
    }

    @Test("An extension by which nothing is gained any more ends, and is not tried for ever")
    func pointless() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 10).request
        let later = lease.expiresAt.addingTimeInterval(3600)
        _ = try await bench.store.apply(
            [LeaseStep(lease.id, .extended(to: later, validUntil: later), audit: nil)], now: lease.createdAt)
        #expect(try await bench.approve(request, by: Bench.carol, Bench.sam).state == .expired)
        #expect(try await bench.store.nextDueRequest() == nil)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == later)
        await bench.broker.stop()
    }

    @Test("What was approved is carried out no further than an end of the rule that came since")
    func ruleEndsMeanwhile() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 60).request
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        try await bench.approve(request, by: Bench.carol, Bench.sam)
        let end = lease.expiresAt.addingTimeInterval(600)
        try await bench.broker.reload(Bench.configuration(validUntil: end))
        bench.engine.fail(with: nil)
        try await bench.pass { try await bench.state(request) == .issued }
        #expect(try await bench.store.lease(lease.id)?.expiresAt == end)
        #expect(try #require(bench.engine.existing[lease.id]).validUntil <= end)
        await bench.broker.stop()
    }

    private static func expectDenied(
        _ lease: Lease, _ bench: Bench, _ request: AccessRequest
    ) async throws {
        #expect(try await bench.state(request) == .denied)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        #expect(bench.engine.existing[lease.id]?.validUntil == lease.validUntil)
        let query = AuditQuery(newest: true, limit: 10, action: .requestDenied)
        let record = try #require(try await bench.store.audit(query).first?.event)
        #expect(record.actor == .broker && record.subject.request == request.id)
        #expect(record.details.values.contains("no access rule lets alice have orders-write by now"))
    }

    @Test(
        "Who has left the group by the time that people agree is given no more time, and the record says why")
    func leftTheGroup() async throws {
        let users = UserDatabase([1001: Account(user: "alice", groups: ["developers"])])
        let bench = try await Bench(users: users)
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 60).request
        users.put(1001, "alice", in: ["sales"])
        #expect(try await bench.approve(request, by: Bench.carol, Bench.sam).state == .denied)
        try await Self.expectDenied(lease, bench, request)
        await bench.broker.stop()
    }

    @Test("Who leaves the group between two attempts is given no more time")
    func leavesTheGroup() async throws {
        let users = UserDatabase([1001: Account(user: "alice", groups: ["developers"])])
        let bench = try await Bench(users: users)
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 60).request
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        #expect(try await bench.approve(request, by: Bench.carol, Bench.sam).state == .approved)
        users.put(1001, "alice", in: [])
        // Names are kept for ten seconds.
        bench.clock.advance(by: .seconds(11))
        bench.engine.fail(with: nil)
        try await bench.pass { try await bench.state(request) != .approved }
        try await Self.expectDenied(lease, bench, request)
        await bench.broker.stop()
    }

    @Test(
        "Whom the rule no longer names is given no more time: before people agree, and between two attempts")
    func ruleNamesOthers() async throws {
        var edited = Bench.configuration()
        edited.access[0].who = [.group("contractors")]
        for isRetried in [false, true] {
            let bench = try await Bench()
            let lease = try await bench.redeem(try await bench.approved()).lease
            let request = try await extend(lease, bench, minutes: 60).request
            if isRetried {
                bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
                #expect(try await bench.approve(request, by: Bench.carol, Bench.sam).state == .approved)
            }
            try await bench.broker.reload(edited)
            bench.engine.fail(with: nil)
            if !isRetried { try await bench.approve(request, by: Bench.carol, Bench.sam) }
            try await bench.pass { try await bench.state(request) != .approved }
            try await Self.expectDenied(lease, bench, request)
            await bench.broker.stop()
        }
    }

    @Test("While nobody can say who asked, nothing is given; it is when they can")
    func namesAreDown() async throws {
        let users = UserDatabase([1001: Account(user: "alice", groups: ["developers"])])
        let bench = try await Bench(users: users)
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 60).request
        users.breakDown(true)
        let waiting = try await bench.approve(request, by: Bench.carol, Bench.sam)
        #expect(waiting.state == .approved)
        #expect(waiting.course?.obstacle?.contains("cannot be looked up") == true)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        users.breakDown(false)
        try await bench.pass { try await bench.state(request) == .issued }
        await bench.broker.stop()
    }

    @Test("An extension repeated with its key is one, also where there is no room for a second")
    func repeatedAtTheEnd() async throws {
        let bench = try await Bench()
        let lease = try await lease(bench)
        _ = try await extend(lease, bench, minutes: 30, key: "k")
        let again = try await extend(lease, bench, minutes: 30, key: "k")
        #expect(again.lease?.expiresAt == lease.expiresAt.addingTimeInterval(1800))
        #expect(await refused { try await extend(lease, bench, minutes: 30) } == .ttlAboveMaximum)
        await bench.broker.stop()
    }

    @Test("An extension repeated with its key is one")
    func repeated() async throws {
        let bench = try await Bench()
        let lease = try await lease(bench)
        _ = try await extend(lease, bench, minutes: 10, key: "k")
        let again = try await extend(lease, bench, minutes: 10, key: "k")
        #expect(again.lease?.expiresAt == lease.expiresAt.addingTimeInterval(600))
        await bench.broker.stop()
    }
}
