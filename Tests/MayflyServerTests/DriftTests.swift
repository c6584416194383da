import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// A group role that is not as its profile's grants say: what the broker does about it, on a server that is a fake.
struct DriftTests {
    private static let database = DatabaseName(unchecked: "orders")
    private static let profile = ProfileName(unchecked: "orders-read")

    private static func configuration(
        _ onDrift: Profile.DriftReaction = .warn, _ level: AccessLevel = .read,
        onChange: Profile.ChangeEffect = .keep
    ) -> Configuration {
        var configuration = BrokerTests.Bench.configuration(perPerson: 3, connections: 2)
        configuration.profiles[profile]?.group = "orders_readonly"
        configuration.profiles[profile]?.scope = Scope([ScopeGrant(.level(level, schema: "sales"), [])])
        configuration.profiles[profile]?.onDrift = onDrift
        configuration.profiles[profile]?.onChange = onChange
        configuration.databases[database]?.driftSeconds = 5
        return configuration
    }

    private static func different(_ statements: String...) -> ProfilePlan {
        var plan = ProfilePlan(profile: profile, group: "orders_readonly")
        plan.steps = statements.map { PlanStep(.revoke, in: "orders", $0) }
        return plan
    }

    private struct Bench {
        let clock = ManualClock()
        let store: InMemoryStore
        let engine: FakeEngine
        let broker: Broker

        init(
            _ configuration: Configuration, store: InMemoryStore = InMemoryStore(), engine: FakeEngine? = nil,
            plan: ProfilePlan? = nil
        ) async throws {
            let timekeeper = Timekeeper.manual(clock)
            let fake = engine ?? FakeEngine(now: timekeeper.now)
            if let plan { fake.plans[profile] = plan }
            self.store = store
            self.engine = fake
            broker = Broker(
                configuration: configuration, store: store, timekeeper: timekeeper, version: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                makeEngine: { _, _ in fake })
            try await broker.start()
        }

        func ask() async throws -> Issued {
            try await broker.issue(
                LeaseRequest(profile: profile, ttl: nil, reason: nil, ticket: nil), by: BrokerTests.alice,
                idempotencyKey: nil)
        }

        func records(_ action: AuditEvent.Action) async throws -> [AuditEvent] {
            try await store.audit(AuditQuery(action: action)).map(\.event)
        }

        func findings() async throws -> [Finding] {
            try await broker.databases(by: BrokerTests.dba).flatMap(\.findings).filter { $0.check == "scope" }
        }

        /// Lets time pass until the broker has looked.
        func pass(until condition: () async throws -> Bool) async throws {
            try await eventually("the broker looked") {
                clock.advance(by: .seconds(1))
                return try await condition()
            }
        }
    }

    @Test(
        "It is on record once, with the statements, and shown; and again when it is another, and when it is over"
    )
    func recorded() async throws {
        let bench = try await Bench(Self.configuration(), plan: Self.different("REVOKE x FROM y"))
        try await bench.pass { try await bench.records(.scopeDrifted).count == 1 }
        let event = try #require(try await bench.records(.scopeDrifted).first)
        #expect(event.details["statements"] == "REVOKE x FROM y" && event.subject.profile == Self.profile)
        let finding = try #require(try await bench.findings().first)
        #expect(finding.severity == .warning && finding.statement == "REVOKE x FROM y;")
        // It warns: access is given all the same.
        _ = try await bench.ask()
        bench.engine.plans[Self.profile] = Self.different("REVOKE z FROM y")
        try await bench.pass { try await bench.records(.scopeDrifted).count == 2 }
        bench.engine.plans[Self.profile] = nil
        try await bench.pass { try await bench.records(.scopeInStep).count == 1 }
        #expect(try await bench.findings().isEmpty)
        #expect(try await bench.records(.scopeDrifted).count == 2)
        await bench.broker.stop()
    }

    @Test("After a restart what was on record is no news, and it still stops what it is to stop")
    func restarted() async throws {
        let first = try await Bench(Self.configuration(.stop), plan: Self.different("REVOKE x FROM y"))
        try await first.pass { try await first.records(.scopeDrifted).count == 1 }
        await first.broker.stop()
        first.engine.fail(with: EngineFailure(.unreachable, "down"))
        let second = try await Bench(Self.configuration(.stop), store: first.store, engine: first.engine)
        #expect(await refused { try await second.ask() } == .scopeDrift)
        second.engine.fail(with: nil)
        try await second.pass { try await !second.findings().isEmpty }
        #expect(await refused { try await second.ask() } == .scopeDrift)
        #expect(try await second.records(.scopeDrifted).count == 1)
        await second.broker.stop()
    }

    @Test("With on_drift: stop nothing is issued, on record, until it is in step; nor before anybody looked")
    func stops() async throws {
        let bench = try await Bench(Self.configuration(.stop), plan: Self.different("REVOKE x FROM y"))
        #expect(await refused { try await bench.ask() } == .scopeDrift)
        try await bench.pass { try await bench.records(.scopeDrifted).count == 1 }
        #expect(await refused { try await bench.ask() } == .scopeDrift)
        #expect(bench.engine.batches.isEmpty)
        #expect(try await bench.records(.requestDenied).last?.details["code"] == "scope_drift")
        bench.engine.plans[Self.profile] = nil
        try await bench.pass { try await bench.records(.scopeInStep).count == 1 }
        _ = try await bench.ask()
        await bench.broker.stop()

        let down = try await Bench(Self.configuration(.stop))
        down.engine.fail(with: EngineFailure(.guardUnusable, "who knows"))
        try await down.broker.reload(Self.configuration(.stop, .write))
        #expect(await refused { try await down.ask() } == .scopeDrift)
        try await down.pass { try await !down.findings().isEmpty }
        #expect(await refused { try await down.ask() } == .scopeDrift)
        await down.broker.stop()
    }

    @Test("With on_drift: stop nothing is issued once looks fail, whatever keeps them")
    func looksThatFail() async throws {
        let bench = try await Bench(Self.configuration(.stop))
        try await bench.pass { await refused { try await bench.ask() } == nil }
        // Looks have connections of their own, which somebody may keep busy.
        bench.engine.fail(with: EngineFailure(.unreachable, "no connection is free"))
        try await bench.pass { await refused { try await bench.ask() } == .scopeDrift }
        bench.engine.fail(with: nil)
        try await bench.pass { await refused { try await bench.ask() } == nil }
        // Somebody took a right away that looking needs, and could grant whatever they like.
        bench.engine.fail(with: EngineFailure(.guardUnusable, "permission denied"))
        try await bench.pass { await refused { try await bench.ask() } == .scopeDrift }
        bench.engine.fail(with: nil)
        try await bench.pass { await refused { try await bench.ask() } == nil }
        await bench.broker.stop()
    }

    @Test(
        "What another configuration makes of the group is not known to be in step before somebody looked",
        arguments: [true, false])
    func anotherGroup(isOther: Bool) async throws {
        let bench = try await Bench(Self.configuration(.stop))
        try await bench.pass { await refused { try await bench.ask() } == nil }
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        var after = Self.configuration(.stop)
        if isOther {
            after.profiles[Self.profile]?.group = "orders_other"
            after.profiles[Self.profile]?.memberOf = ["orders_other"]
        } else {
            after.profiles[Self.profile]?.groupStatements = ["GRANT more TO {{group}}"]
        }
        try await bench.broker.reload(after)
        #expect(await refused { try await bench.ask() } == .scopeDrift)
        await bench.broker.stop()
    }

    @Test("A scope that is another is on record; living leases go on, or end where the profile says so")
    func changed() async throws {
        let bench = try await Bench(Self.configuration())
        let kept = try await bench.ask().lease
        try await bench.broker.reload(Self.configuration(.warn, .write))
        let event = try #require(try await bench.records(.scopeChanged).first)
        #expect(event.details["from"]?.contains("read on schema sales") == true)
        #expect(event.details["to"]?.contains("write on schema sales") == true)
        #expect(try await bench.store.lease(kept.id)?.state == .active)
        try await bench.broker.reload(Self.configuration(.warn, .write, onChange: .revoke))
        // Nothing of the scope is different.
        #expect(try await bench.records(.scopeChanged).count == 1)
        #expect(try await bench.store.lease(kept.id)?.state == .active)
        try await bench.broker.reload(Self.configuration(.warn, .ddl, onChange: .revoke))
        try await bench.pass { try await bench.store.lease(kept.id)?.state == .revoked }
        #expect(try await bench.store.lease(kept.id)?.endReason == .scopeChanged)
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }

    @Test("A change while nobody was there is found at the start, and what was not carried out is")
    func changedMeanwhile() async throws {
        let first = try await Bench(Self.configuration())
        let lease = try await first.ask().lease
        await first.broker.stop()
        let second = try await Bench(
            Self.configuration(.warn, .write, onChange: .revoke), store: first.store, engine: first.engine)
        try await second.pass { try await second.store.lease(lease.id)?.state == .revoked }
        #expect(try await second.records(.scopeChanged).count == 1)
        let other = try await second.ask().lease
        await second.broker.stop()
        // As when the process died between the record and the ends.
        try await first.store.setMemo("scope.changes", to: "orders-read!")
        let third = try await Bench(
            Self.configuration(.warn, .write, onChange: .revoke), store: first.store, engine: first.engine)
        try await third.pass { try await third.store.lease(other.id)?.state == .revoked }
        #expect(try await third.store.memo("scope.changes") == nil)
        await third.broker.stop()
    }

    @Test("What people said yes to under another scope is another wish")
    func approvedBefore() async throws {
        var before = ApprovalBench.configuration()
        for (name, profile) in before.profiles {
            before.profiles[name]?.group = profile.memberOf.first
            before.profiles[name]?.scope = Scope([ScopeGrant(.level(.read, schema: "sales"), [])])
        }
        let bench = try await ApprovalBench(before)
        let request = try await bench.approved()
        var after = before
        for profile in after.profiles.keys {
            after.profiles[profile]?.scope = Scope([ScopeGrant(.level(.ddl, schema: "sales"), [])])
        }
        try await bench.broker.reload(after)
        #expect(await refused { try await bench.redeem(request) } != nil)
        #expect(bench.engine.existing.isEmpty)
        await bench.broker.stop()
    }
}
