import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// A state that knows less than the server does: nobody is cut off until an administrator has chosen.
extension OrphanTests {
    @Test(
        "What is there at the start is kept until an administrator drops it, and the last one ends safe mode")
    func safeMode() async throws {
        let bench = try await Bench(
            adjust: { $0.orphans = .drop },
            prepare: { engine in
                _ = Self.orphan(engine, "a")
                _ = Self.orphan(engine, "b", sessions: 0)
            })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        for _ in 0..<3 { try await awaitSweep(bench) }
        #expect(bench.engine.existing.count == 2)
        #expect(try await state(bench).safeMode)
        #expect(try await state(bench).findings.contains { $0.severity == .error && $0.check == "safe mode" })
        #expect(await bench.broker.health().status == .degraded)
        // Meanwhile leases are given and ended as ever.
        let lease = try await bench.ask().lease
        #expect(
            try await bench.broker.revoke(.init(ids: [lease.id]), reason: nil, by: BrokerTests.alice).count
                == 1)

        let seen = try await bench.broker.reap(.init(database: Self.orders, choice: .look), by: Self.root)
        #expect(seen.roles.count == 2 && seen.safeMode.isOn && bench.engine.existing.count == 2)
        let (a, b) = ("mf_t_alice_aaaaaaaaaaaaa", "mf_t_alice_bbbbbbbbbbbbb")
        let first = try await bench.broker.reap(
            .init(database: Self.orders, choice: .drop, roles: [a], reason: try Reason(parsing: "left over")),
            by: Self.root)
        #expect(first.safeMode.isOn && bench.engine.existing.count == 1)
        guard case .dropped = first.roles.first?.outcome else {
            Issue.record("\(first)")
            return
        }
        let second = try await bench.broker.reap(
            .init(database: Self.orders, choice: .drop, roles: [b]), by: Self.root)
        #expect(!second.safeMode.isOn && bench.engine.existing.isEmpty)
        let records = try await bench.store.audit(AuditQuery(limit: 1000)).map(\.event)
        let reaped = records.filter { $0.action == .roleReaping || $0.action == .roleUnknown }
        #expect(reaped.map(\.action) == [.roleReaping, .roleUnknown, .roleReaping, .roleUnknown])
        #expect(reaped.allSatisfy { $0.actor == .person(Self.root) || $0.actor != .broker })
        #expect(reaped.first?.reason == "left over")
        #expect(records.contains { $0.action == .safeModeOff })
        await bench.broker.stop()
    }

    @Test("What an administrator keeps lives to its end, also after a restart, and is not asked about again")
    func kept() async throws {
        let store = InMemoryStore()
        let bench = try await Bench(
            store: store, adjust: { $0.orphans = .drop },
            prepare: { _ = Self.orphan($0, until: Date.distantFuture) })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        let answer = try await bench.broker.reap(
            .init(database: Self.orders, choice: .keep, roles: ["mf_t_alice_aaaaaaaaaaaaa"]), by: Self.root)
        #expect(!answer.safeMode.isOn)
        for _ in 0..<2 { try await awaitSweep(bench) }
        #expect(bench.engine.existing.count == 1)
        let roles = try await bench.broker.roleReports(of: nil, by: Self.root).roles
        #expect(roles.map(\.kind) == [.kept])
        // Neither shown as something to drop, nor dropped, unless it is named.
        let seen = try await bench.broker.reap(.init(database: Self.orders, choice: .look), by: Self.root)
        #expect(seen.roles.map(\.report.kind) == [.kept])
        #expect(seen.roles.allSatisfy { if case .kept = $0.outcome { true } else { false } })
        let dropped = try await bench.broker.reap(.init(database: Self.orders, choice: .drop), by: Self.root)
        #expect(dropped.roles.allSatisfy { if case .kept = $0.outcome { true } else { false } })
        #expect(bench.engine.existing.count == 1)
        let roster = bench.engine.existing
        await bench.broker.stop()

        let again = try await Bench(
            store: store, adjust: { $0.orphans = .drop }, prepare: { $0.existing = roster })
        for _ in 0..<2 { try await awaitSweep(again) }
        #expect(again.engine.existing.count == 1)
        #expect(try await again.actions().count { $0 == .safeModeOn } == 1)
        // Its end is the server's.
        for id in again.engine.existing.keys { again.engine.existing[id]?.validUntil = .distantPast }
        try await pass(until: { again.engine.existing.isEmpty }, again)
        await again.broker.stop()
    }

    @Test("What is kept in one database is kept in the others of its server, and told once as kept")
    func keptOnServer() async throws {
        let bench = try await Bench()
        try await awaitSweep(bench)
        let archive = DatabaseName(rawValue: "archive")!  // a literal that is a name
        var configuration = Bench.configuration(perPerson: 10, connections: 4)
        var second = try #require(configuration.databases[Self.orders])
        second.name = archive
        configuration.databases[archive] = second
        for name in configuration.databases.keys { configuration.databases[name]?.orphans = .drop }
        _ = Self.orphan(bench.engine)
        let broker = try await bench.restarted(with: configuration)
        func safeModes() async throws -> Int {
            try await broker.databases(by: Self.root).count { $0.safeMode }
        }
        try await pass(until: { try await safeModes() == 2 }, bench)
        let answer = try await broker.reap(.init(database: Self.orders, choice: .keep), by: Self.root)
        #expect(!answer.safeMode.isOn)
        #expect(try await safeModes() == 0)
        let roles = try await broker.roleReports(of: nil, by: Self.root).roles
        #expect(roles.map(\.kind) == [.kept])
        let strays = { try await bench.actions().count { $0 == .roleStray } }
        bench.engine.strays = ["mf_t_stranger"]
        let before = try await strays()
        try await pass(until: { try await strays() >= before + 2 }, bench)
        #expect(bench.engine.existing.count == 1)
        await broker.stop()
    }

    @Test("A keep that could not be put on record is none")
    func keptUnrecorded() async throws {
        let bench = try await Bench(prepare: { _ = Self.orphan($0) })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        bench.store.fail(with: .unwritable("disk full"))
        await #expect(throws: Refusal.self) {
            try await bench.broker.reap(.init(database: Self.orders, choice: .keep), by: Self.root)
        }
        bench.store.fail(with: nil)
        #expect(try await bench.broker.roleReports(of: nil, by: Self.root).roles.map(\.kind) == [.orphan])
        #expect(try await state(bench).safeMode)
        await bench.broker.stop()
    }

    @Test("Safe mode is on although that cannot be recorded, and is on record when it can")
    func safeModeUnrecorded() async throws {
        let store = InMemoryStore()
        let bench = try await Bench(
            store: store, adjust: { $0.orphans = .drop },
            prepare: { engine in
                _ = Self.orphan(engine, "k")
                _ = Self.orphan(engine, "o", until: .distantPast)
                engine.fail(with: EngineFailure(.unreachable, "not yet"))
            })
        store.fail(with: .unwritable("disk full"))
        bench.engine.fail(with: nil)
        try await pass(until: { try await state(bench).safeMode }, bench)
        try await pass(until: { bench.engine.existing.count == 1 }, bench)
        #expect(try await !bench.actions().contains(.safeModeOn))
        store.fail(with: nil)
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        for _ in 0..<2 { try await awaitSweep(bench) }
        #expect(bench.engine.existing.count == 1)
        #expect(try await bench.actions().count { $0 == .safeModeOn } == 1)
        await bench.broker.stop()
    }

    @Test(
        "A lease that was being made when the backup was taken, and whose role is used, is safe mode's to keep"
    )
    func restoredWhileMade() async throws {
        let store = InMemoryStore()
        let first = try await Bench(store: store)
        first.engine.fail(with: EngineFailure(.outcomeUnknown, "no answer"))
        for _ in 0..<2 { await #expect(throws: Refusal.self) { try await first.ask() } }
        await first.broker.stop()
        let leases = try await store.leases(LeaseQuery())
        #expect(leases.map(\.state) == [.creating, .creating])
        let (used, unused) = (leases[0], leases[1])
        let bench = try await Bench(
            store: store, adjust: { $0.orphans = .drop },
            prepare: { engine in
                for lease in leases {
                    var role = FakeEngine.Role(
                        reference: RoleReference(lease), verifier: Verifier("x"), validUntil: .distantFuture)
                    role.sessions = lease.id == used.id ? 1 : 0
                    engine.existing[lease.id] = role
                }
            })
        try await pass(until: { try await store.lease(unused.id)?.state == .failed }, bench)
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        try await pass(until: { try await store.lease(used.id)?.attempts ?? 0 > 2 }, bench)
        #expect(Set(bench.engine.existing.keys) == [used.id])
        #expect(try await store.lease(used.id)?.state == .creating)
        let kinds = try await bench.broker.roleReports(of: nil, by: Self.root).roles.map(\.kind)
        #expect(kinds == [.orphan])
        // Its end is the server's, and then the lease never was.
        bench.engine.existing[used.id]?.validUntil = .distantPast
        try await pass(until: { try await store.lease(used.id)?.state == .failed }, bench)
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }

    @Test("A reload that changes the database cuts nobody off in safe mode, and forgets nothing decided")
    func reloaded() async throws {
        let bench = try await Bench(
            adjust: { $0.orphans = .report },
            prepare: { engine in
                _ = Self.orphan(engine, "a")
                _ = Self.orphan(engine, "b")
            })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        _ = try await bench.broker.reap(
            .init(database: Self.orders, choice: .keep, roles: ["mf_t_alice_aaaaaaaaaaaaa"]), by: Self.root)
        var edited = bench.broker.configuration
        edited.databases[Self.orders]?.orphans = .drop
        try await bench.broker.reload(edited)
        for _ in 0..<3 { try await awaitSweep(bench) }
        #expect(bench.engine.existing.count == 2)
        #expect(try await state(bench).safeMode)
        let roles = try await bench.broker.roleReports(of: nil, by: Self.root).roles
        #expect(Set(roles.map(\.kind)) == [.kept, .orphan])
        _ = try await bench.broker.reap(
            .init(database: Self.orders, choice: .drop, roles: ["mf_t_alice_bbbbbbbbbbbbb"]), by: Self.root)
        #expect(bench.engine.existing.count == 1)
        #expect(try await !state(bench).safeMode)
        // From here on what turns up is the configuration's to decide; what was kept is kept.
        _ = Self.orphan(bench.engine, "c")
        try await pass(until: { bench.engine.existing.count == 1 }, bench)
        #expect(bench.engine.existing.values.first?.reference.role.rawValue.hasSuffix("a") == true)
        await bench.broker.stop()
    }

    @Test("Safe mode ends by itself when none of its roles is left")
    func endsByItself() async throws {
        let bench = try await Bench(prepare: { _ = Self.orphan($0) })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        bench.engine.existing = [:]
        try await pass(until: { try await bench.actions().contains(.safeModeOff) }, bench)
        #expect(try await !state(bench).safeMode)
        await bench.broker.stop()
    }
}
