import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// What an approval is redeemed for: once, by whom it was given to, within its time and their quota.
extension ApprovalTests {
    @Test("Another's approval is not redeemed, nor a job's by whom it runs as")
    func redeemingAnothers() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        for identity in [Bench.carol, Bench.aliceAdmin, Bench.auditor] {
            #expect(await refused { try await bench.redeem(request, by: identity) } != nil)
        }
        var job = Bench.alice
        job.token = TokenIdentity(
            issuer: "github", subject: "repo:acme/orders", claims: [:], amr: [], acr: nil,
            authenticatedAt: nil,
            expiresAt: .distantFuture)
        #expect(await refused { try await bench.redeem(request, by: job) } == .notFound)
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }

    @Test("An approval redeemed many times at once gives one credential")
    func redeemingAtOnce() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        let won = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { await refused { try await bench.redeem(request) } == nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
        #expect(bench.engine.existing.count == 1)
        await bench.broker.stop()
    }

    @Test("A redemption repeated with its key is the same lease with a fresh password")
    func redeemingAgain() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        let first = try await bench.redeem(request, key: "k")
        let second = try await bench.redeem(request, key: "k")
        #expect(second.isRepeated)
        #expect(second.lease.id == first.lease.id)
        #expect(await refused { try await bench.redeem(request, key: "other") } == .conflict)
        await bench.broker.stop()
    }

    @Test("A server that is down costs no approval: it is redeemed when the server is back")
    func redeemingFromServerDown() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        #expect(await refused { try await bench.redeem(request) } == .databaseUnreachable)
        bench.engine.fail(with: nil)
        #expect(try await bench.redeem(request).lease.state == .active)
        await bench.broker.stop()
    }

    @Test("A full quota refuses a redemption and leaves the approval; a start in the future is waited for")
    func quotaAndStart() async throws {
        let bench = try await Bench(Bench.configuration(perPerson: 1))
        let (first, second) = (try await bench.approved(), try await bench.approved())
        let lease = try await bench.redeem(first).lease
        #expect(await refused { try await bench.redeem(second) } == .tooManyActive)
        _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Bench.alice)
        _ = try await bench.redeem(second)

        let start = Timekeeper.manual(bench.clock).now().addingTimeInterval(7200)
        guard case .waiting(let later) = try await bench.ask(Bench.read, startAt: start) else {
            Issue.record("issued before its start")
            return
        }
        #expect(later.state == .approved)
        #expect(await refused { try await bench.redeem(later) } == .conflict)
        bench.clock.advance(by: .seconds(7200))
        #expect(try await bench.redeem(later).lease.state == .active)
        await bench.broker.stop()
    }

    @Test(
        "What begins later takes the tiers of its length, counts in the hour, and has its time from its start"
    )
    func startAndTiers() async throws {
        var configuration = Bench.configuration()
        configuration.access[1].tiers = [.init(above: try TTL(seconds: 2700), approval: Bench.terms)]
        configuration.access[1].limits.requestsPerHour = 2
        let bench = try await Bench(configuration)
        let start = Timekeeper.manual(bench.clock).now().addingTimeInterval(7200)
        guard case .waiting(let long) = try await bench.ask(Bench.read, ttl: 3000, startAt: start),
            case .waiting(let short) = try await bench.ask(Bench.read, ttl: 600, startAt: start)
        else {
            Issue.record("issued before its start")
            return
        }
        #expect([long.state, short.state] == [.pending, .approved])
        #expect(
            await refused { try await bench.ask(Bench.read, ttl: 600, startAt: start) } == .tooManyRequests)
        try await bench.approve(long, by: Bench.carol, Bench.sam)
        for request in [long, short] {
            #expect(await refused { try await bench.redeem(request) } == .conflict)
        }
        bench.clock.advance(by: .seconds(7260))
        let lease = try await bench.redeem(long).lease
        #expect(lease.expiresAt == lease.createdAt.addingTimeInterval(3000))
        // Policy said yes to ten minutes, and would to more, up to the tier.
        #expect(
            try await bench.redeem(short).lease.endsLatestAt
                == Timekeeper.manual(bench.clock).now().addingTimeInterval(2700))
        await bench.broker.stop()
    }

    @Test("A create repeated with its key is the request that waits, and asks nobody twice")
    func repeated() async throws {
        let bench = try await Bench()
        let first = try await bench.pending(key: "k")
        #expect(try await bench.pending(key: "k").id == first.id)
        #expect(try await bench.store.requests(RequestQuery()).count == 1)
        await bench.broker.stop()
    }

    @Test("A repeat is not held against itself: not in the quota of the hour, and raises no flag")
    func repeatedWithinLimits() async throws {
        var configuration = Bench.configuration()
        configuration.access[0].limits.requestsPerHour = 1
        configuration.access[1].flagsDemandingApproval = [.burst]
        configuration.access[1].approval = Bench.terms
        let bench = try await Bench(configuration)
        let first = try await bench.pending(key: "k")
        #expect(try await bench.pending(key: "k").id == first.id)
        #expect(await refused { try await bench.pending(key: "l") } == .tooManyRequests)
        for _ in 0..<3 { _ = try await bench.ask(Bench.read) }
        guard case .issued(let fifth) = try await bench.ask(Bench.read, key: "m"),
            case .issued(let again) = try await bench.ask(Bench.read, key: "m")
        else {
            Issue.record("the repeat waits for people")
            return
        }
        #expect(again.lease.id == fifth.lease.id)
        #expect(again.isRepeated)
        guard case .waiting = try await bench.ask(Bench.read, key: "n") else {
            Issue.record("no burst")
            return
        }
        await bench.broker.stop()
    }

    @Test("A rule's end is the end of what is redeemed or extended under it, however late that is")
    func validUntil() async throws {
        let end = Timekeeper.manual(ManualClock()).now().addingTimeInterval(3000)
        let bench = try await Bench(Bench.configuration(validUntil: end))
        let (first, second) = (try await bench.approved(), try await bench.approved())
        bench.clock.advance(by: .seconds(1800))
        let lease = try await bench.redeem(first).lease
        #expect(lease.expiresAt == end)
        #expect(bench.engine.existing[lease.id].map { $0.validUntil <= end } == true)
        #expect(
            await refused {
                try await bench.broker.extend(
                    lease.id.rawValue, ttl: TTL(seconds: 60), reason: nil, ticket: nil, by: Bench.alice,
                    idempotencyKey: nil)
            } == .ttlAboveMaximum)
        bench.clock.advance(by: .seconds(1200))
        #expect(await refused { try await bench.redeem(second) } == .denied)
        await bench.broker.stop()
    }
}
