import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// What the broker says and does when the record, the server or the caller is not as it should be.
extension BrokerTests {
    @Test("Health asks whether the record can be written, not only read")
    func readOnlyHealth() async throws {
        let bench = try await Bench()
        try await pass(until: { await bench.broker.health().status == .ok }, bench)
        bench.store.fail(with: .unwritable("the disk is full"))
        bench.clock.advance(by: .seconds(2))
        let health = await bench.broker.health()
        #expect(health.status == .failing)
        #expect(health.stateError?.contains("the disk is full") == true)
        bench.store.fail(with: nil)
        bench.clock.advance(by: .seconds(2))
        #expect(await bench.broker.health().status == .ok)
        await bench.broker.stop()
    }

    @Test("A server that answers, but whose guard cannot be used, is not well")
    func noGuard() async throws {
        let bench = try await Bench()
        bench.engine.fail(with: EngineFailure(.guardUnusable, "the guard is missing"))
        try await pass(
            until: {
                try await bench.broker.databases(by: Self.dba).first?.health.failure?.kind == .guardUnusable
            },
            bench)
        #expect(try await bench.broker.databases(by: Self.dba).first?.health.reachable == true)
        #expect(await bench.broker.health().status == .degraded)
        await bench.broker.stop()
    }

    @Test("A request that leaves the TTL out is on record with the one that was decided")
    func decidedTTL() async throws {
        let bench = try await Bench()
        _ = try await bench.ask()
        #expect(try await bench.store.requests(RequestQuery()).first?.ttl?.seconds == 1800)
        await bench.broker.stop()
    }

    @Test("A role that is no longer as the register has it is reported, and its lease is left to its expiry")
    func foreign() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.existing[lease.id]?.isForeign = true
        try await pass(until: { try await bench.actions().contains(.roleStray) }, bench)
        let findings = try await bench.broker.databases(by: Self.dba).flatMap(\.findings)
        #expect(findings.contains { $0.message.contains(lease.id.rawValue) })
        #expect(try await bench.states() == [.active])
        #expect(bench.engine.existing.count == 1)
        await bench.broker.stop()
    }

    @Test(
        "News that could not be recorded is news again; what is on record is recorded once, until it comes back"
    )
    func lostNews() async throws {
        let bench = try await Bench()
        func strays() async throws -> Int { try await bench.actions().count { $0 == .roleStray } }
        bench.store.fail(with: .unwritable("the disk is full"))
        bench.engine.strays = ["mf_t_stranger"]
        try await pass(
            until: { try await !bench.broker.databases(by: Self.dba).flatMap(\.findings).isEmpty }, bench)
        bench.store.fail(with: nil)
        try await pass(until: { try await strays() == 1 }, bench)
        bench.engine.strays = []
        try await pass(
            until: { try await bench.broker.databases(by: Self.dba).flatMap(\.findings).isEmpty }, bench)
        #expect(try await strays() == 1)
        bench.engine.strays = ["mf_t_stranger"]
        try await pass(until: { try await strays() == 2 }, bench)
        await bench.broker.stop()
    }

    @Test("A role of a lease that never began, and that cannot be dropped, is on record once")
    func lockedBeforeActive() async throws {
        let bench = try await Bench()
        bench.engine.fail(with: EngineFailure(.outcomeUnknown, "no answer"))
        await #expect(throws: Refusal.self) { try await bench.ask() }
        let lease = try #require(try await bench.store.leases(LeaseQuery()).first)
        bench.engine.existing[lease.id] = .init(
            reference: RoleReference(lease), verifier: Verifier("x"), validUntil: .distantFuture)
        bench.engine.refuseDrops(.init(message: "owns a table"))
        bench.engine.fail(with: nil)
        try await pass(until: { try await bench.store.lease(lease.id)?.attempts ?? 0 > 4 }, bench)
        #expect(try await bench.actions().count { $0 == .leaseLocked } == 1)
        bench.engine.refuseDrops(nil)
        try await pass(until: { try await bench.states() == [.failed] }, bench)
        await bench.broker.stop()
    }

    @Test("Revoking all of somebody's leases takes those that are being made")
    func revokeCreating() async throws {
        let bench = try await Bench()
        bench.engine.hold()
        async let asked = Result(catching: { try await bench.ask() })
        try await eventually("the server is called") { !bench.engine.batches.isEmpty }
        let revoked = try await bench.broker.revoke(LeaseQuery(), reason: nil, by: Self.alice)
        #expect(revoked.map(\.endReason) == [.revoked])
        bench.engine.release()
        let outcome = await asked
        #expect(throws: Refusal.self) { try outcome.get() }
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.states() == [.failed])
        await bench.broker.stop()
    }

    @Test(
        "A repeat that comes while the first is under way may be repeated; one after its failure is a new request"
    )
    func repeats() async throws {
        let bench = try await Bench()
        bench.engine.hold()
        async let first = bench.ask(key: "job")
        try await eventually("the server is called") { !bench.engine.batches.isEmpty }
        let early = await Result(catching: { try await bench.ask(key: "job") })
        if case .failure(let refusal as Refusal) = early {
            #expect(refusal.code == .timedOut)
        } else {
            Issue.record("\(early)")
        }
        bench.engine.release()
        let id = try await first.lease.id
        #expect(try await bench.ask(key: "job").lease.id == id)

        bench.engine.fail(with: EngineFailure(.overloaded, "too many connections"))
        await #expect(throws: Refusal.self) { try await bench.ask(key: "another") }
        bench.engine.fail(with: nil)
        #expect(try await bench.ask(key: "another").lease.state == .active)
        await bench.broker.stop()
    }

    @Test("Living leases of a database that nothing defines any more are shown, and the daemon starts")
    func undefined() async throws {
        let bench = try await Bench()
        _ = try await bench.ask()
        var empty = Bench.configuration(perPerson: 1, connections: 2)
        empty.databases = [:]
        empty.profiles = [:]
        empty.access = []
        try await bench.store.setMemo("definitions", to: #"{"databases":[{"name":1}],"#)
        let broker = try await bench.restarted(with: empty)
        #expect(try await bench.actions().contains(.configurationRefused))
        let shown = try #require(try await broker.databases(by: Self.dba).first)
        #expect(shown.name.rawValue == "orders" && shown.liveLeases == 1)
        #expect(shown.findings.map(\.severity) == [.error])
        #expect(await broker.health().status == .degraded)
        await broker.stop()
    }
}
