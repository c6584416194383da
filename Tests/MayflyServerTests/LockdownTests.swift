import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Lockdowns as the broker carries them out.
struct LockdownTests {
    typealias Bench = ApprovalBench
    static let root = Identity(uid: 0, user: "root", groups: [], pid: 8)

    private func lockDown(
        _ bench: Bench, _ scope: LockdownOrder.Scope = .everything, seconds: Int? = nil,
        revokes: Bool = false, by identity: Identity = root
    ) async throws -> LockdownStart {
        try await bench.broker.lockDown(
            LockdownOrder(
                scope: scope, reason: try Reason(parsing: "incident 12"), seconds: seconds, revokes: revokes),
            by: identity)
    }

    private func end(_ lockdown: Lockdown, _ broker: Broker) async throws -> Lockdown {
        try await broker.endLockdown(
            lockdown.id.rawValue, reason: try Reason(parsing: "all clear"), by: Self.root)
    }

    private func lease(_ bench: Bench, by identity: Identity = Bench.alice, key: String? = nil) async throws
        -> Lease
    {
        guard case .issued(let issued) = try await bench.ask(Bench.read, by: identity, key: key) else {
            throw TestServerError.timedOut("a lease")
        }
        return issued.lease
    }

    @Test("It stops asking, redeeming, renewing and extending, and says so; people may still decide")
    func stops() async throws {
        let bench = try await Bench()
        let (lease, approved, pending) = (
            try await lease(bench), try await bench.approved(), try await bench.pending()
        )
        _ = try await bench.ask(Bench.read, by: Bench.eve, key: "k")
        let started = try await lockDown(bench)
        #expect(started.leases.isEmpty && bench.engine.existing.count == 2)
        // The reply to a repeat would be a fresh password.
        #expect(await refused { try await bench.ask(Bench.read, by: Bench.eve, key: "k") } == .lockdown)
        #expect(await refused { try await bench.ask(Bench.read) } == .lockdown)
        #expect(await refused { try await bench.ask() } == .lockdown)
        #expect(await refused { try await bench.redeem(approved) } == .lockdown)
        #expect(
            await refused { try await bench.broker.renew(lease.id, ttl: nil, by: Bench.alice) } == .lockdown)
        #expect(await refused { try await extend(lease, bench) } == .lockdown)
        try await bench.approve(pending, by: Bench.carol, Bench.sam)
        #expect(try await bench.state(pending) == .approved)
        let offers = try await bench.broker.offers(to: Bench.alice)
        #expect(!offers.isEmpty && offers.allSatisfy { $0.lockdown?.code == .lockdown })
        let wish = LeaseRequest(profile: Bench.read, ttl: nil, reason: nil, ticket: nil)
        let explained = try await bench.broker.explain(wish, of: Bench.alice, at: nil, by: Bench.alice)
        guard case .deny(let why) = explained.decision else {
            Issue.record("allowed")
            return
        }
        #expect(why.message.contains("incident 12") && !why.message.contains("root"))
        #expect(await bench.broker.health().lockdowns == 1)
        let denied = try await bench.actions()
        #expect(denied.contains(.lockdownOn) && denied.contains(.leaseRenewalDenied))

        #expect(try await end(started.lockdown, bench.broker).isInForce == false)
        #expect(try await end(started.lockdown, bench.broker).ending?.cause == .off)
        _ = try await bench.redeem(approved)
        _ = try await bench.broker.renew(lease.id, ttl: nil, by: Bench.alice)
        #expect(try await bench.actions().count { $0 == .lockdownOff } == 1)
        await bench.broker.stop()
    }

    private func extend(_ lease: Lease, _ bench: Bench, minutes: Int = 20) async throws -> ExtensionAnswer {
        try await bench.broker.extend(
            lease.id.rawValue, ttl: try TTL(seconds: minutes * 60), reason: nil, ticket: nil,
            by: Bench.alice, idempotencyKey: nil)
    }

    @Test("An extension that people agree to meanwhile is carried out when it is over")
    func extensionWaits() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        let request = try await extend(lease, bench, minutes: 60).request
        let lockdown = try await lockDown(bench).lockdown
        let after = try await bench.approve(request, by: Bench.carol, Bench.sam)
        #expect(after.state == .approved && after.course?.obstacle?.contains("incident 12") == true)
        #expect(try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt)
        _ = try await end(lockdown, bench.broker)
        try await bench.pass { try await bench.state(request) == .issued }
        #expect(
            try await bench.store.lease(lease.id)?.expiresAt == lease.expiresAt.addingTimeInterval(3600))
        await bench.broker.stop()
    }

    @Test("With --revoke what is out in its scope is ended, and nothing else")
    func revokes() async throws {
        let bench = try await Bench()
        let (first, other) = (try await lease(bench), try await lease(bench, by: Bench.eve))
        let started = try await lockDown(
            bench, .user(typed: "alice", found: Bench.alice), revokes: true)
        #expect(started.leases.map(\.id) == [first.id])
        #expect(started.leases.map(\.state) == [.revoked] && started.leases[0].endReason == .lockdown)
        #expect(Array(bench.engine.existing.keys) == [other.id])
        // The person, by whichever account.
        #expect(await refused { try await lease(bench) } == .lockdown)
        _ = try await lease(bench, by: Bench.eve)
        await bench.broker.stop()
    }

    @Test("A server that cannot be reached holds nothing up: the lockdown is in force, its ends are tried on")
    func unreachable() async throws {
        let bench = try await Bench()
        let lease = try await lease(bench)
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        let started = try await lockDown(bench, .database(Bench.database), revokes: true)
        #expect(started.leases.map(\.state) == [.revoking])
        #expect(await refused { try await bench.ask(Bench.read) } == .lockdown)
        bench.engine.fail(with: nil)
        try await bench.pass { try await bench.store.lease(lease.id)?.state == .revoked }
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }

    @Test("32 clients ask while it begins with --revoke: none has access afterwards")
    func race() async throws {
        for _ in 0..<5 {
            let bench = try await Bench(Bench.configuration(perPerson: 100))
            await withTaskGroup(of: Refusal.Code?.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        if number == 16 { return await refused { try await lockDown(bench, revokes: true) } }
                        return await refused { try await lease(bench) }
                    }
                }
                for await code in group { #expect(code == nil || code == .lockdown) }
            }
            try await bench.pass {
                try await bench.store.leases(LeaseQuery(limit: 100)).allSatisfy(\.state.isFinal)
            }
            #expect(bench.engine.existing.isEmpty)
            await bench.broker.stop()
        }
    }

    @Test(
        "An intent on its way to the server when it begins gives nothing, with and without --revoke",
        arguments: [true, false])
    func overtaken(revokes: Bool) async throws {
        let bench = try await Bench()
        bench.engine.hold()
        async let asked = refused { try await lease(bench) }
        try await eventually("the server is asked") { !bench.engine.batches.isEmpty }
        async let started = lockDown(bench, revokes: revokes)
        try await eventually("it is in force") { try await !bench.store.lockdowns(LockdownQuery()).isEmpty }
        bench.engine.release()
        _ = try await started
        #expect(await asked == .lockdown)
        try await bench.pass {
            try await bench.store.leases(LeaseQuery()).allSatisfy { $0.state == .failed }
        }
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.store.leases(LeaseQuery()).map(\.endReason) == [.lockdown])
        await bench.broker.stop()
    }

    @Test(
        "Repeats that wait behind a slow server while it begins get no fresh password, with and without --revoke",
        arguments: [true, false])
    func repeatsBehindASlowServer(revokes: Bool) async throws {
        let bench = try await Bench()
        let lease = try await lease(bench, key: "k")
        bench.engine.hold()
        let first = Task { await refused { try await bench.ask(Bench.read, key: "k") } }
        try await eventually("the server is asked") { bench.engine.waiting == 1 }
        let others = (0..<4).map { _ in
            Task { await refused { try await bench.ask(Bench.read, key: "k") } }
        }
        // On record, and not yet in what the broker has in mind: what a repeat that looked before it finds.
        let lockdown = Lockdown(
            scope: .everything, reason: try Reason(parsing: "incident 12"),
            by: .init(user: "root", uid: 0), since: lease.createdAt, until: nil, revokes: revokes)
        _ = try await bench.store.begin(lockdown, events: []) { lease in
            LeaseStep(lease.id, .ending(.lockdown, attemptAt: lease.expiresAt), audit: nil)
        }
        bench.engine.release()
        #expect(await first.value == nil)
        for other in others { #expect(await other.value == (revokes ? .conflict : .lockdown)) }
        let records = try await bench.store.audit(AuditQuery(action: .leaseReissued)).map(\.event)
        #expect(records.count { $0.outcome == .done } == 1)
        #expect(records.count { $0.outcome == .denied } == (revokes ? 0 : 4))
        await bench.broker.stop()
    }

    @Test("It ends by itself at its time, on record, also when nobody was there; and outlives a restart")
    func time() async throws {
        let bench = try await Bench()
        _ = try await lockDown(bench, seconds: 60)
        bench.clock.advance(by: .seconds(50))
        var broker = try await bench.restarted()
        let wish = LeaseRequest(profile: Bench.read, ttl: nil, reason: nil, ticket: nil)
        let ask = { (broker: Broker) in
            await refused { try await broker.ask(wish, by: Bench.alice, idempotencyKey: nil) }
        }
        #expect(await ask(broker) == .lockdown)
        bench.clock.advance(by: .seconds(5))
        #expect(await ask(broker) == .lockdown)
        await broker.stop()
        bench.clock.advance(by: .seconds(3600))
        broker = try await bench.restarted()
        #expect(await ask(broker) == nil)
        #expect(try await bench.actions().count { $0 == .lockdownEnded } == 1)
        let again = try await broker.lockDown(
            LockdownOrder(scope: .everything, reason: try Reason(parsing: "again"), seconds: 2), by: Self.root
        )
        try await bench.pass {
            try await bench.store.lockdowns(LockdownQuery()).isEmpty
        }
        // The broker hears of it a moment after the record.
        try await bench.pass { await ask(broker) == nil }
        #expect(again.lockdown.until != nil)
        await broker.stop()
    }

    @Test("Only administrators, and only on what there is: a typing error must not feel safe")
    func refusals() async throws {
        let bench = try await Bench()
        for identity in [Bench.alice, Bench.auditor] {
            #expect(await refused { try await lockDown(bench, by: identity) } == .denied)
        }
        let misspelt: [(LockdownOrder.Scope, String)] = [
            (.database(DatabaseName(rawValue: "ordres")!), "orders"),  // a literal that is a name
            (.profile(ProfileName(rawValue: "orders-raed")!), "orders-read"),  // a literal that is a name
            (.user(typed: "alcie", found: nil), "alice"),
            (.user(typed: "user:alcie", found: nil), "alice"),
            (.user(typed: "uid:4711", found: nil), "alice"),
            (.user(typed: "sub:github:repo:acme/orders", found: nil), "alice"),
        ]
        for (scope, there) in misspelt {
            do {
                _ = try await lockDown(bench, scope)
                Issue.record("taken: \(scope)")
            } catch let refusal as Refusal {
                #expect(refusal.code == .notFound)
                #expect(refusal.hint?.contains(there) == true, "\(refusal)")
            }
        }
        for typed in ["group:dba", "anyone", "sub:github:repo:*", "nonsense:alice"] {
            #expect(
                await refused { try await lockDown(bench, .user(typed: typed, found: nil)) }
                    == .invalidRequest,
                "\(typed)")
        }
        #expect(try await bench.store.lockdowns(LockdownQuery(inForce: false)).isEmpty)
        #expect(await bench.broker.health().lockdowns == 0)
        // Who left the host is on record.
        _ = try await lease(bench, by: Bench.eve)
        let gone = try await lockDown(bench, .user(typed: "uid:1006", found: nil), revokes: true)
        #expect(gone.leases.count == 1)
        #expect(await refused { try await end(gone.lockdown, bench.broker) } == nil)
        #expect(
            await refused {
                try await bench.broker.endLockdown(
                    "abcd", reason: try Reason(parsing: "x"), by: Self.root)
            } == .notFound)
        await bench.broker.stop()
    }

    @Test("Everybody sees what stops them; who did it, and what stops others, is for auditors")
    func sees() async throws {
        let bench = try await Bench()
        let alices = try await lockDown(bench, .user(typed: "user:alice", found: Bench.alice)).lockdown
        let write = try await lockDown(bench, .profile(Bench.write), seconds: 60).lockdown
        let seen = { (identity: Identity) in
            try await bench.broker.lockdowns(ended: false, by: identity).map(\.id)
        }
        #expect(try await seen(Bench.alice) == [write.id, alices.id])
        #expect(try await seen(Bench.eve) == [write.id])
        #expect(try await seen(Bench.oscar).isEmpty)
        #expect(try await seen(Bench.auditor) == [write.id, alices.id])
        #expect(
            alices.scope
                == .person(
                    .init(
                        typed: "user:alice", person: Person(rawValue: "alice"),
                        identities: ["uid:1001", "user:alice", "user:alice-adm"])))
        await bench.broker.stop()
    }

    @Test(
        "When it cannot be put on record that is said, and nothing is given out; what it would revoke is cut")
    func unwritable() async throws {
        let bench = try await Bench()
        _ = try await lease(bench)
        bench.store.fail(with: .unwritable("the disk is full"))
        #expect(await refused { try await lockDown(bench, revokes: true) } == .stateUnwritable)
        #expect(await refused { try await bench.ask(Bench.read) } == .stateUnwritable)
        #expect(bench.engine.existing.isEmpty)
        bench.store.fail(with: nil)
        await bench.broker.stop()
    }
}
