import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// The policy as the broker carries it out.
@Suite struct BrokerPolicyTests {
    private typealias Bench = BrokerTests.Bench

    /// The bench's broker with other rules in force.
    private func bench(perPerson: Int = 10, _ change: (inout Configuration) -> Void) async throws -> Bench {
        let bench = try await Bench(perPerson: perPerson)
        var configuration = bench.broker.configuration
        change(&configuration)
        try await bench.broker.reload(configuration)
        return bench
    }

    private func ask(
        _ bench: Bench, _ identity: Identity, reason: String? = nil, ttl: Int? = nil, breakGlass: Bool = false
    ) async throws -> Issued {
        try await bench.broker.issue(
            LeaseRequest(
                profile: bench.profile, ttl: ttl.map { TTL(clamping: $0) },
                reason: reason.flatMap { Reason(rawValue: $0) }, ticket: nil, isBreakGlass: breakGlass),
            by: identity, idempotencyKey: nil)
    }

    private func code(_ work: () async throws -> Issued) async -> Refusal.Code? {
        do { _ = try await work() } catch let refusal as Refusal { return refusal.code } catch {
            Issue.record(error)
        }
        return nil
    }

    @Test("32 clients with several accounts of one person race for the last place: one has it")
    func race() async throws {
        let bench = try await bench(perPerson: 1) {
            $0.people = People([
                Person(rawValue: "alice"): (0..<32).map { .uid(UInt32(3000 + $0)) }
            ])
        }
        let won = await withTaskGroup(of: Refusal.Code?.self) { group in
            for number in 0..<32 {
                let account = Identity(
                    uid: UInt32(3000 + number), user: "a\(number)", groups: ["developers"], pid: nil)
                group.addTask { await code { try await ask(bench, account) } }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(won == [nil: 1, .tooManyActive: 31])
        #expect(bench.engine.existing.count == 1)
        await bench.broker.stop()
    }

    @Test("A lease ends with its rule, also when it is renewed")
    func ends() async throws {
        let now = Timekeeper.manual(try await Bench().clock).now()
        let end = now.addingTimeInterval(600)
        let bench = try await bench { $0.access[0].validUntil = end }
        let issued = try await ask(bench, BrokerTests.alice)
        #expect(issued.lease.expiresAt <= end && issued.lease.endsLatestAt <= end)
        let renewed = try await bench.broker.renew(issued.lease.id, ttl: nil, by: BrokerTests.alice)
        #expect(renewed.expiresAt <= end)
        #expect(await code { try await ask(bench, BrokerTests.alice, ttl: 601) } == .ttlAboveMaximum)
        await bench.broker.stop()
    }

    @Test("Break-glass is given where a rule gives it, for a reason, briefly, and on record as such")
    func breakGlass() async throws {
        let bench = try await bench {
            $0.access.append(
                AccessRule(
                    name: "emergency", who: [.user("eve")], profiles: ["*"], outcome: .breakGlass,
                    limits: .init(maxTTL: TTL(clamping: 600))))
        }
        let eve = BrokerTests.eve
        #expect(await code { try await ask(bench, eve, reason: "all is down") } == .denied)
        #expect(await code { try await ask(bench, eve, breakGlass: true) } == .reasonRequired)
        #expect(
            await code { try await ask(bench, BrokerTests.alice, reason: "x", breakGlass: true) } == .denied)
        let issued = try await ask(bench, eve, reason: "all is down", breakGlass: true)
        #expect(issued.grant.rule == "emergency" && issued.grant.isBreakGlass)
        #expect(issued.grant.maximum.seconds == 600)
        let created = try await bench.store.audit(AuditQuery(newest: true, limit: 10)).map(\.event)
            .first { $0.action == .requestCreated }
        #expect(created?.details["break_glass"] == "true")
        await bench.broker.stop()
    }

    @Test("What is explained is what is done, and asking leaves no trace")
    func explained() async throws {
        let bench = try await bench { $0.access[0].limits.requestsPerHour = 1 }
        let wish = LeaseRequest(profile: bench.profile, ttl: nil, reason: nil, ticket: nil)
        func explain(_ identity: Identity, by caller: Identity) async throws -> Decision {
            try await bench.broker.explain(wish, of: identity, at: nil, by: caller).decision
        }
        let alice = BrokerTests.alice
        let before = try await bench.actions().count
        guard case .allow(let grant) = try await explain(alice, by: alice) else {
            Issue.record("not allowed")
            return
        }
        #expect(try await bench.actions().count == before)
        #expect(try await ask(bench, alice).grant == grant)
        guard case .deny(let refusal) = try await explain(alice, by: BrokerTests.dba) else {
            Issue.record("allowed")
            return
        }
        #expect(refusal.code == .tooManyRequests)
        #expect(await code { try await ask(bench, alice) } == .tooManyRequests)
        // About others only who may see everything asks.
        await #expect(throws: Refusal.self) { try await explain(alice, by: BrokerTests.bob) }
        await bench.broker.stop()
    }
}
