import Foundation
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

    private func show(_ engine: FakeEngine, _ sessions: [SeenSession]) {
        engine.show([SeenServer(startedAt: Self.up, cuts: 0...0, sessions: sessions)])
    }
}
