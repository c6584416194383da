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
