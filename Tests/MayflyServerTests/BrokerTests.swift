import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// The use cases on a state in memory and a server that is a dictionary: what they do when others fail.
struct BrokerTests {
    static let alice = Identity(uid: 1001, user: "alice", groups: ["developers"], pid: 1)
    static let bob = Identity(uid: 1002, user: "bob", groups: ["developers"], pid: 2)
    static let dba = Identity(uid: 1003, user: "dora", groups: ["dba"], pid: 3)
    static let eve = Identity(uid: 1004, user: "eve", groups: [], pid: 4)

    /// A broker with one database and one profile.
    struct Bench {
        let clock = ManualClock()
        let store: InMemoryStore
        let engine: FakeEngine
        let broker: Broker
        let profile = ProfileName(rawValue: "orders-read")!  // a literal that is a name

        init(
            perPerson: Int = 10, connections: Int = 4, store: InMemoryStore = InMemoryStore(),
            adjust: (inout DatabaseDefinition) -> Void = { _ in }, prepare: (FakeEngine) -> Void = { _ in }
        ) async throws {
            self.store = store
            let timekeeper = Timekeeper.manual(clock)
            let engine = FakeEngine(now: timekeeper.now)
            self.engine = engine
            prepare(engine)
            var configuration = Self.configuration(perPerson: perPerson, connections: connections)
            for name in configuration.databases.keys {
                if var definition = configuration.databases[name] {
                    adjust(&definition)
                    configuration.databases[name] = definition
                }
            }
            broker = Broker(
                configuration: configuration,
                store: store,
                timekeeper: timekeeper, version: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                makeEngine: { _, _ in engine })
            try await broker.start()
        }

        static func configuration(perPerson: Int, connections: Int) -> Configuration {
            let database = DatabaseName(rawValue: "orders")!  // a literal that is a name
            let profile = ProfileName(rawValue: "orders-read")!  // a literal that is a name
            let minutes = { (count: Int) in try! TTL(seconds: count * 60) }  // far below 30 days
            return Configuration(
                // a literal that is a tag
                installation: .init(name: "test", tag: InstallationTag(rawValue: "t")!),
                listen: .init(socket: "/nowhere", group: nil, mode: 0o600), statePath: "/nowhere",
                administrators: [.user("root")], auditors: [.group("dba")],
                databases: [
                    database: DatabaseDefinition(
                        name: database, engine: .postgresql, hosts: ["db"], port: 5432, database: "orders",
                        tls: .init(mode: .verifyFull), account: .init(user: "mayfly", password: .none),
                        connections: connections)
                ],
                profiles: [
                    profile: Profile(
                        name: profile, database: database,
                        ttl: .init(default: minutes(30), max: minutes(480)),
                        memberOf: ["orders_readonly"], maxActive: .init(perPerson: perPerson, total: 100))
                ],
                access: [
                    AccessRule(
                        name: "developers", who: [.group("developers")], profiles: [Glob(profile)],
                        limits: .init(maxTTL: minutes(60)))
                ])
        }

        func ask(
            _ identity: Identity = BrokerTests.alice, key: String? = nil, tethered: Bool = false
        ) async throws -> Issued {
            try await broker.issue(
                LeaseRequest(profile: profile, ttl: nil, reason: nil, ticket: nil, isTethered: tethered),
                by: identity, idempotencyKey: key)
        }

        /// Another broker on the same state and server, as after a restart with another configuration.
        func restarted(with configuration: Configuration) async throws -> Broker {
            await broker.stop()
            let engine = engine
            let next = Broker(
                configuration: configuration, store: store, timekeeper: .manual(clock), version: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                makeEngine: { _, _ in engine })
            try await next.start()
            return next
        }

        func states() async throws -> [Lease.State] {
            try await store.leases(LeaseQuery()).map(\.state)
        }

        func actions() async throws -> [AuditEvent.Action] {
            try await store.audit(AuditQuery(newest: true, limit: 100)).map(\.event.action)
        }
    }

    @Test("A lease is on record before and after the server made its role")
    func order() async throws {
        let bench = try await Bench()
        let issued = try await bench.ask()
        #expect(issued.lease.state == .active)
        #expect(bench.engine.existing.keys.contains(issued.lease.id))
        let actions = try await bench.actions().suffix(3)
        #expect(Array(actions) == [.requestCreated, .leaseCreating, .leaseActive])
        await bench.broker.stop()
    }

    @Test("Who has no rule is denied, on record, and no server hears of it")
    func denied() async throws {
        let bench = try await Bench()
        await #expect(throws: Refusal.self) { try await bench.ask(Self.eve) }
        #expect(try await bench.actions().last == .requestDenied)
        #expect(bench.engine.batches.isEmpty)
        await bench.broker.stop()
    }

    @Test("When the record cannot be written, nobody gets the password and the role is removed")
    func unwritable() async throws {
        let bench = try await Bench()
        bench.engine.hold()
        async let asked = Result(catching: { try await bench.ask() })
        try await eventually("the server is called") { !bench.engine.batches.isEmpty }
        bench.store.fail(with: .unwritable("disk full"))
        bench.engine.release()
        let outcome = await asked
        #expect(throws: Refusal.self) { try outcome.get() }
        if case .failure(let refusal as Refusal) = outcome { #expect(refusal.code == .stateUnwritable) }
        #expect(bench.engine.existing.isEmpty)
        bench.store.fail(with: nil)
        #expect(try await bench.states() == [.creating])
        // What is left of it is settled later.
        try await pass(until: { try await bench.states() == [.failed] }, bench)
        await bench.broker.stop()
    }

    @Test("What waits while calls are in flight is shared out over the calls that may run")
    func batching() async throws {
        let bench = try await Bench(perPerson: 100, connections: 3)
        bench.engine.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<42 { group.addTask { _ = try await bench.ask() } }
            try await eventually("two calls are in flight, the rest waits") {
                let admitted = try await bench.states().count
                return admitted == 42 && bench.engine.batches.count == 2
            }
            bench.engine.release()
            try await group.waitForAll()
        }
        #expect(bench.engine.batches.reduce(0, +) == 42)
        #expect(bench.engine.batches.count < 12)
        #expect(bench.engine.existing.count == 42)
        await bench.broker.stop()
    }

    @Test("Expired leases end, and those of a server that is down are tried until it is back")
    func expiry() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        bench.clock.advance(by: .seconds(1800))
        try await pass(until: { try await bench.states() == [.revoking] }, bench)
        try await pass(until: { try await bench.store.lease(lease.id)?.attempts ?? 0 > 2 }, bench)
        #expect(bench.engine.existing.count == 1)
        bench.engine.fail(with: nil)
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        #expect(bench.engine.existing.isEmpty)
        // The same trouble stands on record once, not once for each attempt.
        #expect(try await bench.actions().filter { $0 == .leaseAttemptFailed }.count == 1)
        await bench.broker.stop()
    }

    @Test("A refused drop leaves the lease locked, visible and tried again")
    func locked() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.refuseDrops(
            .init(message: "owns a table", hanging: ["table public.precious"], statement: "…"))
        let after = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.alice)
        #expect(after.map(\.state) == [.locked])
        #expect(after.first?.obstacle?.hanging == ["table public.precious"])
        bench.engine.refuseDrops(nil)
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        await bench.broker.stop()
    }

    @Test("Revoking a locked lease again tries at once, however far off the next attempt is")
    func lockedAgain() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.refuseDrops(.init(message: "owns a table"))
        for _ in 0..<6 {
            _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.alice)
        }
        #expect(try await bench.states() == [.locked])
        bench.engine.refuseDrops(nil)
        let after = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.alice)
        #expect(after.map(\.state) == [.revoked])
        await bench.broker.stop()
    }

    @Test("What was met while a role was ended is on record with its end")
    func remarks() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.remark(
            .init(
                found: "SUPERUSER", reassigned: ["table a in orders to keeper"],
                leftBehind: (1...120).map { "table t\($0) in orders" }))
        _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.alice)
        let records = try await bench.store.audit(AuditQuery(action: .leaseRevoked))
        let details = try #require(records.first).event.details
        #expect(details["found"] == "SUPERUSER")
        #expect(details["reassigned"] == "table a in orders to keeper")
        #expect(details["left_behind"]?.hasSuffix("table t100 in orders; and 20 more") == true)
        await bench.broker.stop()
    }

    @Test("Another's lease can't be seen, renewed or revoked; an auditor sees it and can't end it")
    func others() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        await #expect(throws: Refusal.self) { try await bench.broker.lease(lease.id.rawValue, by: Self.bob) }
        await #expect(throws: Refusal.self) { try await bench.broker.renew(lease.id, ttl: nil, by: Self.bob) }
        #expect(
            try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.bob).isEmpty)
        #expect(try await bench.broker.lease(lease.id.rawValue, by: Self.dba).id == lease.id)
        await #expect(throws: Refusal.self) {
            try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.dba)
        }
        #expect(try await bench.states() == [.active])
        await bench.broker.stop()
    }

    @Test("The sweep ends a lease without a role, and leaves a stray alone")
    func sweep() async throws {
        let bench = try await Bench()
        let lost = try await bench.ask().lease
        bench.engine.existing[lost.id] = nil
        bench.engine.strays = ["mf_t_stranger"]
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.store.lease(lost.id)?.endReason == .roleMissing)
        try await pass(until: { try await bench.actions().contains(.roleStray) }, bench)
        #expect(bench.engine.strays == ["mf_t_stranger"])
        await bench.broker.stop()
    }

    @Test("A tether that is let go ends the lease; with a second holder, or a goodbye, it lives")
    func tethers() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        let first = try await bench.broker.tether(lease.id.rawValue, by: Self.alice)
        let second = try await bench.broker.tether(lease.id.rawValue, by: Self.alice)
        await #expect(throws: Refusal.self) {
            try await bench.broker.tether(lease.id.rawValue, by: Self.bob)
        }
        await #expect(throws: Refusal.self) {
            try await bench.broker.untether(lease.id.rawValue, by: Self.dba)
        }
        first.letGo()
        first.letGo()
        #expect(try await bench.states() == [.active])
        #expect(try await bench.broker.untether(lease.id.rawValue, by: Self.alice).isTethered == false)
        second.letGo()
        let third = try await bench.broker.tether(lease.id.rawValue, by: Self.alice)
        #expect(try await bench.states() == [.active])
        third.letGo()
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        #expect(try await bench.store.lease(lease.id)?.endReason == .tetherLost)
        await #expect(throws: Refusal.self) {
            try await bench.broker.tether(lease.id.rawValue, by: Self.alice)
        }
        await bench.broker.stop()
    }

    @Test("A lease that was asked for tethered ends if nobody tethers it in time")
    func neverTethered() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask(tethered: true).lease
        let held = try await bench.ask(tethered: true).lease
        let tether = try await bench.broker.tether(held.id.rawValue, by: Self.alice)
        bench.clock.advance(by: .seconds(29))
        #expect(try await bench.states() == [.active, .active])
        try await pass(until: { try await bench.store.lease(lease.id)?.state == .revoked }, bench)
        #expect(try await bench.store.lease(held.id)?.state == .active)
        tether.letGo()
        await bench.broker.stop()
    }

    @Test("Who holds a lease is told what becomes of it, and nothing after its end")
    func tetherNews() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        let tether = try await bench.broker.tether(lease.id.rawValue, by: Self.alice)
        bench.clock.advance(by: .seconds(60))
        _ = try await bench.broker.renew(lease.id, ttl: nil, by: Self.alice)
        _ = try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: Self.alice)
        var heard: [Tether.News] = []
        for await line in tether.lines { if case .news(let news, _) = line { heard.append(news) } }
        #expect(heard == [.tethered, .renewed, .ended])
        await bench.broker.stop()
    }

    @Test("Stopping refuses new requests and lets those in flight end")
    func stopping() async throws {
        let bench = try await Bench()
        bench.engine.hold()
        async let asked = bench.ask()
        try await eventually("the server is called") { !bench.engine.batches.isEmpty }
        async let stopped: Void = bench.broker.stop()
        try await eventually("new requests are refused") {
            do {
                // Has no rule, so never waits for the server.
                _ = try await bench.ask(Self.eve)
                return false
            } catch let refusal as Refusal { return refusal.code == .shuttingDown }
        }
        bench.engine.release()
        #expect(try await asked.lease.state == .active)
        await stopped
    }

    /// Lets time go on in small steps until it is so.
    func pass(
        until condition: () async throws -> Bool, _ bench: Bench
    ) async throws {
        // The services run beside all other tests, and each step is one of many.
        try await eventually("it is so", within: .seconds(90)) {
            if try await condition() { return true }
            bench.clock.advance(by: .seconds(1))
            // The services run on other threads; give them a moment of real time for each step.
            await Task.yield()
            return try await condition()
        }
    }
}

extension Result where Failure == any Error {
    init(catching work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
