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
