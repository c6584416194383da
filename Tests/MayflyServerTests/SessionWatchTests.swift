import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Following sessions: what is put on record, when, and what if that fails.
struct SessionWatchTests {
    private static let up = Date(timeIntervalSince1970: 1_000_000)

    private func seen(_ lease: Lease, _ number: Int64) -> SeenSession {
        SeenSession(lease: lease.id, number: number, startedAt: Self.up.addingTimeInterval(Double(number)))
    }

    private func show(_ bench: BrokerTests.Bench, _ sessions: [SeenSession]) {
        bench.engine.show([SeenServer(startedAt: Self.up, cuts: 0...0, sessions: sessions)])
    }

    private func watch(_ bench: BrokerTests.Bench) throws -> SessionWatch {
        try #require(bench.broker.watches[DatabaseName(unchecked: "orders")])
    }

    @Test("Sessions are on record from the look that finds them to the look that does not")
    func follows() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let lease = try await bench.ask().lease
        show(bench, [seen(lease, 1), seen(lease, 2)])
        try await eventually("both are on record") {
            bench.clock.advance(by: .seconds(1))
            return try await bench.store.sessions(SessionQuery(isOpen: true)).count == 2
        }
        show(bench, [seen(lease, 2)])
        try await eventually("one has ended") {
            bench.clock.advance(by: .seconds(1))
            return try await bench.store.sessions(SessionQuery(isOpen: false)).first?.ending?.how == .client
        }
        #expect(try await bench.store.audit(AuditQuery(action: .sessionStarted)).count == 2)
        #expect(try await bench.store.audit(AuditQuery(action: .sessionEnded)).count == 1)
        await bench.broker.stop()
    }

    @Test("What cannot be put on record is found again, and how it ended is not forgotten meanwhile")
    func unrecorded() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let lease = try await bench.ask().lease
        let watch = try watch(bench)
        show(bench, [seen(lease, 1)])
        bench.store.fail(with: .unwritable("the disk is full"))
        await watch.look()
        bench.store.fail(with: nil)
        #expect(try await bench.store.sessions(SessionQuery()).isEmpty)
        await watch.look()
        #expect(try await bench.store.sessions(SessionQuery(isOpen: true)).count == 1)
        show(bench, [])
        bench.engine.tell([ToldSession(lease: lease.id, number: 1)])
        bench.store.fail(with: .unwritable("the disk is full"))
        await watch.look()
        bench.store.fail(with: nil)
        await watch.look()
        #expect(try await bench.store.sessions(SessionQuery()).map(\.ending?.how) == [.revoked])
        await bench.broker.stop()
    }

    @Test(
        "A server that does not answer ends no session, and a daemon that is started anew goes on with those on record"
    )
    func restarts() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let lease = try await bench.ask().lease
        show(bench, [seen(lease, 1)])
        try await watch(bench).look()
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        try await watch(bench).look()
        #expect(try await bench.store.sessions(SessionQuery(isOpen: true)).count == 1)
        bench.engine.fail(with: nil)
        await bench.broker.stop()
        let again = try await BrokerTests.Bench(
            store: bench.store,
            prepare: { engine in
                engine.existing = bench.engine.existing
                engine.show([SeenServer(startedAt: Self.up, sessions: [seen(lease, 1)])])
            })
        try await watch(again).look()
        #expect(try await bench.store.sessions(SessionQuery()).map(\.isOpen) == [true])
        again.engine.show([SeenServer(startedAt: Self.up.addingTimeInterval(86_400), sessions: [])])
        try await watch(again).look()
        #expect(try await bench.store.sessions(SessionQuery()).map(\.ending?.how) == [.serverRestart])
        await again.broker.stop()
    }

    @Test(
        "What cannot be put on record is said, once; what is found is not, and nobody is told that there was nothing"
    )
    func unrecordedIsSaid() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let lease = try await bench.ask().lease
        let watch = try watch(bench)
        await watch.look()
        show(bench, [seen(lease, 1)])
        bench.store.fail(with: .unwritable("the disk is full"))
        await watch.look()
        let coverage = try await bench.broker.sessions(SessionQuery(), by: BrokerTests.dba).following.first
        #expect(coverage?.failure == nil && coverage?.unrecorded == .unwritable("the disk is full"))
        #expect(coverage?.interval == 15 && coverage?.unrecordedSince != nil)
        let metric = await bench.broker.metrics().first { $0.name == "mayfly_session_watch_failing" }
        #expect(metric?.samples.map(\.value) == [1])
        bench.store.fail(with: nil)
        await watch.look()
        let after = try await bench.broker.sessions(SessionQuery(), by: BrokerTests.dba).following.first
        #expect(after?.unrecorded == nil)
        await bench.broker.stop()
    }

    @Test("Never used is told of a lease only if somebody looked for all of its life")
    func neverUsed() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let watch = try watch(bench)
        await watch.look()
        func story(_ lease: Lease) async throws -> [String] {
            try await bench.broker.story(of: lease.id.rawValue, by: BrokerTests.alice).limits
        }
        func uses(_ lease: Lease) async throws -> LeaseUse? {
            try await bench.broker.uses(of: [lease])[lease.id]
        }
        let watched = try await bench.ask().lease
        bench.clock.advance(by: .seconds(2))
        await watch.look()
        #expect(try await uses(watched)?.sessions == 0)
        #expect(try await story(watched).contains { $0.contains("never used") })

        // One that lives while the server does not answer, and after.
        let blind = try await bench.ask().lease
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        bench.clock.advance(by: .seconds(2))
        await watch.look()
        bench.engine.fail(with: nil)
        bench.clock.advance(by: .seconds(2))
        await watch.look()
        for lease in [watched, blind] {
            #expect(try await uses(lease)?.sessions == nil)
            #expect(try await !story(lease).contains { $0.contains("never used") })
            #expect(try await story(lease).contains { $0.contains("not known") })
        }
        let actions: [AuditEvent.Action] = [.sessionsUnwatched, .sessionsWatched]
        for action in actions { #expect(try await bench.store.audit(AuditQuery(action: action)).count == 1) }

        // One that lives while a standby does not.
        bench.engine.show(
            SessionLook(
                servers: [SeenServer(startedAt: Self.up, cuts: 0...0, sessions: [])],
                unanswered: ["b": EngineFailure(.unreachable, "down")], unreadTold: 2))
        await watch.look()
        let coverage = try #require(
            try await bench.broker.sessions(SessionQuery(), by: BrokerTests.dba).following.first)
        #expect(coverage.unanswered.keys.sorted() == ["b"] && coverage.unreadTold == 2)
        bench.clock.advance(by: .seconds(2))
        let partly = try await bench.ask().lease
        await watch.look()
        #expect(try await uses(partly)?.sessions == nil)

        // And after it all one that is seen again, over a restart of the daemon as well, which nobody saw.
        show(bench, [])
        bench.clock.advance(by: .seconds(2))
        await watch.look()
        let again = try await bench.ask().lease
        await watch.look()
        #expect(try await uses(again)?.sessions == 0)
        await bench.broker.stop()
        bench.clock.advance(by: .seconds(300))
        let next = try await bench.restarted(
            with: BrokerTests.Bench.configuration(perPerson: 10, connections: 4))
        try await #require(next.watches[DatabaseName(unchecked: "orders")]).look()
        #expect(try await next.uses(of: [again])[again.id]?.sessions == nil)
        await next.stop()
    }

    @Test("One lease whose statements cannot be read keeps no other's from it, and is given up in the end")
    func badMember() async throws {
        let (store, clock) = (InMemoryStore(), ManualClock())
        let timekeeper = Timekeeper.manual(clock)
        let engine = FakeEngine(now: timekeeper.now)
        let (good, bad) = try await (
            store.admitted(try StoreConformanceSample.admission(), activeAt: timekeeper.now()),
            store.admitted(try StoreConformanceSample.admission(uid: 1002), activeAt: timekeeper.now())
        )
        var profile = Profile(
            name: good.profile, database: good.database,
            ttl: .init(default: TTL(clamping: 60), max: TTL(clamping: 60)), memberOf: [])
        profile.statements = .digests
        let watch = SessionWatch(
            database: good.database, engine: engine, store: store, timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            profiles: { [profile] in [profile] })
        engine.show([SeenServer(startedAt: Self.up, sessions: [seen(good, 1), seen(bad, 2)])])
        func reading(_ calls: Int64) -> Result<StatementReading, EngineFailure> {
            .success(
                StatementReading(
                    lease: good.id, source: .pgStatStatements,
                    statements: [.init(id: "1", text: "SELECT 'x'", calls: calls, rows: 0, milliseconds: 0)]))
        }
        engine.statements = [
            good.id: reading(1), bad.id: .failure(EngineFailure(.serverError, code: "22021", "bytes")),
        ]
        await watch.look()
        #expect(try await store.statements(of: good.id)?.entries.map(\.text) == ["SELECT ?"])
        #expect(try await store.statements(of: bad.id) == nil)
        // Not at the pace of looking.
        for _ in 0..<5 { await watch.look() }
        #expect(engine.statementCalls.count == 1)
        for round in 2...40 {
            engine.statements[good.id] = reading(Int64(round))
            clock.advance(by: .seconds(60))
            await watch.look()
        }
        #expect(try await store.statements(of: good.id)?.entries.map(\.counts.calls) == [40])
        #expect(try await store.statements(of: bad.id)?.source == .unreadable)
        #expect(engine.statementCalls.count { $0.contains(bad.id) } < 20)

        // A server that tells nobody anything is asked less and less.
        let before = engine.statementCalls.count
        engine.show([SeenServer(startedAt: Self.up, sessions: [seen(good, 1), seen(bad, 2)])])
        engine.statements = [
            good.id: .failure(EngineFailure(.serverError, "no")),
            bad.id: .failure(EngineFailure(.serverError, "no")),
        ]
        for _ in 0..<600 {
            clock.advance(by: .seconds(1))
            await watch.look()
        }
        #expect(engine.statementCalls.count - before < 15)
    }

    @Test("What a lease ran that ended just before a restart is read after it")
    func endedBeforeRestart() async throws {
        let (store, clock) = (InMemoryStore(), ManualClock())
        let timekeeper = Timekeeper.manual(clock)
        let lease = try await store.admitted(
            try StoreConformanceSample.admission(), activeAt: timekeeper.now())
        try await store.cover(
            WatchedStretch(database: lease.database, from: timekeeper.now(), until: timekeeper.now()),
            recording: [])
        _ = try await store.apply(
            [
                LeaseStep(
                    lease.id, .ending(.revoked, attemptAt: timekeeper.now()),
                    audit: StoreConformanceSample.event(.leaseRevoking, of: lease)),
                LeaseStep(lease.id, .gone, audit: StoreConformanceSample.event(.leaseRevoked, of: lease)),
            ], now: timekeeper.now())
        clock.advance(by: .seconds(3600))
        var profile = Profile(
            name: lease.profile, database: lease.database,
            ttl: .init(default: TTL(clamping: 60), max: TTL(clamping: 60)), memberOf: [])
        profile.statements = .digests
        let engine = FakeEngine(now: timekeeper.now)
        engine.show([SeenServer(startedAt: Self.up, sessions: [])])
        engine.statements = [lease.id: .success(StatementReading(lease: lease.id, source: .pgStatStatements))]
        let watch = SessionWatch(
            database: lease.database, engine: engine, store: store, timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            profiles: { [profile] in [profile] })
        await watch.look()
        #expect(engine.statementCalls == [[lease.id]])
        #expect(try await store.statements(of: lease.id)?.source == .pgStatStatements)
    }

    @Test("A session that was gone before it could be killed was not killed, and the record says so")
    func killedNobody() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let root = Identity(uid: 0, user: "root", groups: [], pid: 9)
        let lease = try await bench.ask().lease
        let watch = try watch(bench)
        // Without waiting for a look.
        watch.note(lease)
        await watch.look()
        show(bench, [seen(lease, 1), seen(lease, 2)])
        await watch.look()
        let open = try await bench.store.sessions(SessionQuery(isOpen: true))
        let (gone, there) = (
            try #require(open.first { $0.key.number == 1 }), try #require(open.first { $0.key.number == 2 })
        )
        show(bench, [seen(lease, 2)])
        let left = try await bench.broker.killSession(gone.id.rawValue, reason: nil, by: root)
        #expect(left.session.ending?.how == .client)
        let killed = try await bench.broker.killSession(there.id.rawValue, reason: nil, by: root)
        #expect(killed.session.ending?.how == .killed)
        let records = try await bench.store.audit(AuditQuery(action: .sessionKilled)).map(\.event)
        #expect(records.map { $0.details["session"] == gone.id.rawValue } == [true, true, false, false])
        #expect(records.map(\.details["phase"]) == ["asked", "done", "asked", "done"])
        #expect(records.map(\.outcome) == [.done, .failed, .done, .done])
        await bench.broker.stop()
    }

    @Test("Many sessions hide nothing of a lease's story, and are counted")
    func many() async throws {
        let bench = try await BrokerTests.Bench(prepare: { show($0, []) })
        let lease = try await bench.ask().lease
        let watch = try watch(bench)
        for second in 0..<70 {
            show(bench, (0..<10).map { seen(lease, Int64(second * 10 + $0)) })
            bench.clock.advance(by: .seconds(1))
            await watch.look()
        }
        show(bench, [])
        bench.clock.advance(by: .seconds(70))
        await watch.look()
        _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: BrokerTests.alice)
        try await eventually("it is over") { try await bench.states() == [.revoked] }
        let listed = try await bench.store.sessions(SessionQuery(limit: .max)).count
        #expect(listed >= SessionBudget.burst && listed < SessionBudget.burst + 10)
        let story = try await bench.broker.story(of: lease.id.rawValue, by: BrokerTests.alice)
        #expect(story.sessions == 700)
        #expect(story.entries.contains { $0.action == "lease.revoked" })
        #expect(story.entries.contains { $0.action == "session.left_out" })
        #expect(story.limits.contains { $0.contains("\(700 - listed) more sessions were counted") })
        await bench.broker.stop()
    }

    private func show(_ engine: FakeEngine, _ sessions: [SeenSession]) {
        engine.show([SeenServer(startedAt: Self.up, cuts: 0...0, sessions: sessions)])
    }
}
