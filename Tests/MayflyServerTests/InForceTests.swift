import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// What was approved, redeemed under a configuration that is another by then: edits take away, and never give.
struct InForceTests {
    typealias Bench = ApprovalBench

    private static func alice(in groups: String...) -> Identity {
        Identity(uid: 1001, user: "alice", groups: Set(groups), pid: 1)
    }

    @Test("Whoever left the group that the rule names redeems nothing, until they are in it again")
    func leftTheGroup() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        #expect(await refused { try await bench.redeem(request, by: Self.alice(in: "sales")) } == .denied)
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.state(request) == .approved)
        _ = try await bench.redeem(request, by: Self.alice(in: "developers"))
        await bench.broker.stop()
    }

    private static let demanding: [@Sendable (inout AccessRule) throws -> Void] = [
        { $0.requires.mfa = MFADemand() },
        { $0.tiers = [.init(above: try TTL(seconds: 1200), requires: .init(mfa: MFADemand()))] },
    ]

    @Test("A second factor that the rule or a tier has come to demand since is asked for when it is redeemed")
    func factorSince() async throws {
        for demand in Self.demanding {
            let bench = try await Bench()
            let request = try await bench.approved()
            var edited = Bench.configuration()
            try demand(&edited.access[0])
            try await bench.broker.reload(edited)
            #expect(await refused { try await bench.redeem(request) } == .mfaRequired)
            #expect(bench.engine.existing.isEmpty)
            var alice = Bench.alice
            alice.mfa = MFAProof(at: Timekeeper.manual(bench.clock).now())
            _ = try await bench.redeem(request, by: alice)
            await bench.broker.stop()
        }
    }

    @Test("A create that is repeated takes the second factor that its length takes")
    func factorOfARepeat() async throws {
        var configuration = Bench.configuration()
        try Self.demanding[1](&configuration.access[1])
        let bench = try await Bench(configuration)
        var alice = Bench.alice
        alice.mfa = MFAProof(at: Timekeeper.manual(bench.clock).now())
        _ = try await bench.ask(Bench.read, by: alice, key: "k")
        #expect(await refused { try await bench.ask(Bench.read, key: "k") } == .mfaRequired)
        _ = try await bench.ask(Bench.read, by: alice, key: "k")
        #expect(bench.engine.existing.count == 1)
        await bench.broker.stop()
    }

    @Test("Whoever was put into a group that is denied redeems nothing")
    func deniedGroup() async throws {
        let no = AccessRule(name: "left", who: [.group("leavers")], profiles: ["*"], outcome: .deny)
        let bench = try await Bench(Bench.configuration(first: [no]))
        let request = try await bench.approved()
        let alice = Self.alice(in: "developers", "leavers")
        #expect(await refused { try await bench.redeem(request, by: alice) } == .denied)
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }

    @Test(
        "No rule, no access: a rule that is gone gives nothing, unless another lets its requester have the profile"
    )
    func ruleIsGone() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        var edited = Bench.configuration()
        edited.access.removeFirst()
        try await bench.broker.reload(edited)
        #expect(await refused { try await bench.redeem(request) } == .denied)
        let emergency = AccessRule(
            name: "emergency", who: [.anyone], profiles: ["*"], outcome: .breakGlass)
        edited.access.append(emergency)
        try await bench.broker.reload(edited)
        #expect(await refused { try await bench.redeem(request) } == .denied)
        var renamed = Bench.configuration()
        renamed.access[0].name = "write after review"
        try await bench.broker.reload(renamed)
        _ = try await bench.redeem(request)
        await bench.broker.stop()
    }

    enum Edit: CaseIterable { case ceiling, rule, profile, validUntil }

    @Test(
        "The lease gets what is in force, where that is less than what was approved", arguments: Edit.allCases
    )
    func lowered(_ edit: Edit) async throws {
        let bench = try await Bench()
        let request = try await bench.approved(ttl: 4 * 3600)
        let now = Timekeeper.manual(bench.clock).now()
        var edited = Bench.configuration()
        switch edit {
        case .ceiling: edited.maxTTL = try TTL(seconds: 900)
        case .rule: edited.access[0].limits.maxTTL = try TTL(seconds: 900)
        case .profile:
            edited.profiles[Bench.write]?.ttl = .init(
                default: try TTL(seconds: 60), max: try TTL(seconds: 900))
        case .validUntil: edited.access[0].validUntil = now.addingTimeInterval(900)
        }
        try await bench.broker.reload(edited)
        let lease = try await bench.redeem(request).lease
        #expect(lease.expiresAt == now.addingTimeInterval(900))
        #expect(lease.endsLatestAt == now.addingTimeInterval(900))
        #expect(try #require(bench.engine.existing[lease.id]).validUntil <= now.addingTimeInterval(900))
        await bench.broker.stop()
    }

    @Test("A database's mode stays while it has leases")
    func modeChange() async throws {
        let bench = try await Bench()
        let lease = try await bench.redeem(try await bench.approved()).lease
        var edited = Bench.configuration()
        edited.databases[Bench.database]?.mode = .direct
        let refusal = await #expect(throws: (any Error).self) { try await bench.broker.reload(edited) }
        #expect(refusal.map { "\($0)".contains(".mode: stays guard while leases live") } == true)
        #expect(bench.broker.configuration.databases[Bench.database]?.mode == .guard)
        #expect(bench.engine.existing[lease.id] != nil)
        await bench.broker.stop()

        let idle = try await Bench()
        try await idle.broker.reload(edited)
        #expect(idle.broker.configuration.databases[Bench.database]?.mode == .direct)
        await idle.broker.stop()
    }

    @Test("A start with another mode goes on in the old one until the last lease has ended")
    func modeChangeAtAStart() async throws {
        let first = try await Bench()
        let lease = try await first.redeem(try await first.approved()).lease
        await first.broker.stop()
        var edited = Bench.configuration()
        edited.databases[Bench.database]?.mode = .direct

        let second = try await Bench(edited, store: first.store)
        second.engine.existing = first.engine.existing
        #expect(second.broker.configuration.databases[Bench.database]?.mode == .guard)
        // What is in force is what the next start and a reload hold the new against.
        await #expect(throws: (any Error).self) { try await second.broker.reload(edited) }
        #expect(
            try await second.broker.revoke(.init(ids: [lease.id]), reason: nil, by: Bench.alice).count == 1)
        try await eventually("it has ended") {
            second.clock.advance(by: .seconds(1))
            return try await second.store.lease(lease.id)?.state == .revoked
        }
        #expect(second.engine.existing.isEmpty)
        await second.broker.stop()

        let third = try await Bench(edited, store: first.store)
        #expect(third.broker.configuration.databases[Bench.database]?.mode == .direct)
        await third.broker.stop()
    }

    @Test("Never more than was approved, however much is in force", arguments: [900, nil])
    func raised(ttl: Int?) async throws {
        var strict = Bench.configuration()
        strict.access[0].limits.maxTTL = try TTL(seconds: 1800)
        let bench = try await Bench(strict)
        let request = try await bench.approved(ttl: ttl)
        try await bench.broker.reload(Bench.configuration())
        let lease = try await bench.redeem(request).lease
        let seconds = TimeInterval(ttl ?? 1800)
        #expect(lease.endsLatestAt == lease.createdAt.addingTimeInterval(seconds))
        await bench.broker.stop()
    }

    @Test(
        "Quotas: the stricter of the one that was kept and the one in force", arguments: [(10, 1), (1, 10)])
    func quotas(kept: Int, inForce: Int) async throws {
        let bench = try await Bench(Bench.configuration(perPerson: kept))
        let (first, second) = (try await bench.approved(), try await bench.approved())
        try await bench.broker.reload(Bench.configuration(perPerson: inForce))
        _ = try await bench.redeem(first)
        #expect(await refused { try await bench.redeem(second) } == .tooManyActive)
        await bench.broker.stop()
    }

    @Test("Duties that were set apart since are apart")
    func conflicts() async throws {
        let bench = try await Bench()
        let request = try await bench.approved()
        _ = try await bench.ask(Bench.read)
        var edited = Bench.configuration()
        edited.conflicts = [Conflict(name: "duties", profiles: [Bench.read, Bench.write])]
        try await bench.broker.reload(edited)
        #expect(await refused { try await bench.redeem(request) } == .conflictingDuties)
        await bench.broker.stop()
    }

    @Test("An end that a rule is given ends the leases under it by then, and those of no other rule")
    func livingLeases() async throws {
        let bench = try await Bench()
        var leases: [Lease] = []
        for profile in [Bench.read, Bench.read] {
            guard case .issued(let issued) = try await bench.ask(profile) else { continue }
            leases.append(issued.lease)
        }
        let other = try await bench.redeem(try await bench.approved()).lease
        let end = leases[0].createdAt.addingTimeInterval(600)
        var edited = Bench.configuration()
        edited.access[1].validUntil = end
        try await bench.broker.reload(edited)
        for lease in leases { #expect(try await bench.store.lease(lease.id)?.expiresAt == end) }
        #expect(try await bench.store.lease(other.id)?.expiresAt == other.expiresAt)
        #expect(try await bench.actions().filter { $0 == .leaseShortened }.count == 2)
        // Moved out again it gives nothing back by itself; what was given can be renewed to.
        try await bench.broker.reload(Bench.configuration())
        #expect(try await bench.store.lease(leases[1].id)?.expiresAt == end)
        let renewed = try await bench.broker.renew(leases[1].id, ttl: nil, by: Bench.alice)
        #expect(renewed.expiresAt == leases[1].expiresAt)
        // An end that is over ends them at once, also at the next start.
        edited.access[1].validUntil = leases[0].createdAt.addingTimeInterval(-60)
        let broker = try await bench.restarted(edited)
        try await bench.pass {
            try await bench.store.leases(LeaseQuery(states: [.revoked])).count == 2
        }
        #expect(bench.engine.existing.keys.contains(other.id))
        #expect(try await bench.store.lease(leases[0].id)?.endReason == .expired)
        await broker.stop()
    }

    @Test("A rule that is removed or turned to deny gives nothing new, and its leases go on to their end")
    func livingWithoutRule() async throws {
        let bench = try await Bench()
        guard case .issued(let issued) = try await bench.ask(Bench.read) else {
            Issue.record("no lease")
            return
        }
        try await bench.broker.reload(
            Bench.configuration(
                outcome: .deny,
                first: [
                    AccessRule(name: "freeze", who: [.anyone], profiles: ["*"], outcome: .deny)
                ]))
        let lease = try #require(try await bench.store.lease(issued.lease.id))
        #expect(lease.state == .active)
        #expect(lease.expiresAt == issued.lease.expiresAt)
        #expect(
            await refused { try await bench.broker.renew(lease.id, ttl: nil, by: Bench.alice) } == .denied)
        await bench.broker.stop()
    }

    @Test(
        "Renewing passes neither an end of the rule that came since nor a lowered ceiling",
        arguments: [Edit.validUntil, .ceiling])
    func renewal(_ edit: Edit) async throws {
        let bench = try await Bench()
        guard case .issued(let issued) = try await bench.ask(Bench.read) else {
            Issue.record("no lease")
            return
        }
        let lease = issued.lease
        let end = lease.createdAt.addingTimeInterval(2400)
        var edited = Bench.configuration()
        if edit == .ceiling {
            edited.maxTTL = try TTL(seconds: 2400)
        } else {
            edited.access[1].validUntil = end
        }
        try await bench.broker.reload(edited)
        let tooLong = try TTL(seconds: 2700)
        #expect(
            await refused { try await bench.broker.renew(lease.id, ttl: tooLong, by: Bench.alice) }
                == .ttlAboveMaximum)
        bench.clock.advance(by: .seconds(1200))
        let renewed = try await bench.broker.renew(lease.id, ttl: nil, by: Bench.alice)
        #expect(renewed.expiresAt == end)
        #expect(try #require(bench.engine.existing[lease.id]).validUntil <= end)
        await bench.broker.stop()
    }
}
