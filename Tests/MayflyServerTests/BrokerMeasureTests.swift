import Foundation
import MayflyCore
import MayflyTesting
import NIOCore
import Synchronization
import Testing

@testable import MayflyServer

/// What the use cases do when the state cannot be written, and with callers who ask too much.
struct BrokerMeasureTests {
    typealias Bench = BrokerTests.Bench

    @Test(
        "While nothing can be recorded leases end at the server, and are recorded with their time when it can"
    )
    func expiresUnrecorded() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.store.fail(with: .unwritable("read-only"))
        bench.clock.advance(by: .seconds(1800))
        try await pass(until: { bench.engine.existing.isEmpty }, bench)
        let cutBy = Timekeeper.manual(bench.clock).now()
        #expect(try await bench.states() == [.active])
        await #expect(throws: Refusal.self) { try await bench.ask() }
        bench.clock.advance(by: .seconds(600))
        bench.store.fail(with: nil)
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        let ended = try #require(try await bench.store.lease(lease.id))
        #expect(ended.endReason == .expired)
        #expect(try #require(ended.endedAt) <= cutBy)
        #expect(try await Array(bench.actions().suffix(2)) == [.leaseRevoking, .leaseRevoked])
        await bench.broker.stop()
    }

    @Test("A server that is down while nothing can be recorded is tried until it is back")
    func bothDown() async throws {
        let bench = try await Bench()
        _ = try await bench.ask().lease
        let revoked = try await bench.ask().lease
        bench.store.fail(with: .unwritable("read-only"))
        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        await #expect(throws: Refusal.self) {
            try await bench.broker.revoke(LeaseQuery(ids: [revoked.id]), reason: nil, by: BrokerTests.alice)
        }
        bench.clock.advance(by: .seconds(1800))
        for _ in 0..<20 { bench.clock.advance(by: .seconds(1)) }
        #expect(bench.engine.existing.count == 2)
        bench.engine.fail(with: nil)
        try await pass(until: { bench.engine.existing.isEmpty }, bench)
        bench.store.fail(with: nil)
        try await pass(until: { try await bench.states() == [.revoked, .revoked] }, bench)
        #expect(try await bench.store.lease(revoked.id)?.endReason == .revoked)
        await bench.broker.stop()
    }

    @Test("An administrator revokes another's lease although nothing can be recorded, and is told so")
    func revokesUnrecorded() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        let root = Identity(uid: 0, user: "root", groups: [], pid: 9)
        bench.store.fail(with: .unwritable("read-only"))
        let refusal = await #expect(throws: Refusal.self) {
            try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: root)
        }
        #expect(refusal?.code == .stateUnwritable)
        #expect(refusal?.message.contains("1 of 1") == true)
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.states() == [.active])
        bench.store.fail(with: nil)
        try await pass(until: { try await bench.states() == [.revoked] }, bench)
        #expect(try await bench.store.lease(lease.id)?.endReason == .revoked)
        let records = try await bench.store.audit(AuditQuery(newest: true, limit: 2))
        #expect(records.map(\.event.action) == [.leaseRevoking, .leaseRevoked])
        if case .person(let identity) = records.first?.event.actor { #expect(identity.uid == 0) }
        await bench.broker.stop()
    }

    @Test("Renewing to the limit stays under the ceiling that the guard counts from the role's creation")
    func renewToTheLimit() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.clock.advance(by: .milliseconds(300_001))
        let now = Timekeeper.manual(bench.clock).now()
        let rest = Int(lease.endsLatestAt.timeIntervalSince(now))
        let renewed = try await bench.broker.renew(lease.id, ttl: TTL(seconds: rest), by: BrokerTests.alice)
        #expect(renewed.expiresAt <= lease.endsLatestAt)
        bench.clock.advance(by: .seconds(1))
        // As long as it goes: what is left when it is asked for.
        _ = try await bench.broker.renew(lease.id, ttl: TTL(seconds: rest - 1), by: BrokerTests.alice)
        let until = try #require(bench.engine.existing[lease.id]).validUntil
        #expect(until <= lease.endsLatestAt.addingTimeInterval(1))
        bench.clock.advance(by: .seconds(1800))
        _ = try await bench.broker.renew(lease.id, ttl: nil, by: BrokerTests.alice)
        #expect(try #require(bench.engine.existing[lease.id]).validUntil <= lease.endsLatestAt)
        await bench.broker.stop()
    }

    @Test("An administrator revokes another's lease, on record by name")
    func administrator() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        let root = Identity(uid: 0, user: "root", groups: [], pid: 9)
        let after = try await bench.broker.revoke(
            LeaseQuery(ids: [lease.id]), reason: Reason(parsing: "leaked"), by: root)
        #expect(after.map(\.state) == [.revoked])
        #expect(bench.engine.existing.isEmpty)
        let record = try await bench.store.audit(AuditQuery(action: .leaseRevoking)).last
        #expect(record?.event.reason == "leaked")
        #expect(record?.event.details["requester"] == "alice")
        await bench.broker.stop()
    }

    @Test("Denials in a loop are answered all, recorded to a measure, and those left out are counted")
    func flood() async throws {
        let bench = try await Bench(perPerson: 1)
        for _ in 0..<200 {
            let refusal = await #expect(throws: Refusal.self) { try await bench.ask(BrokerTests.eve) }
            #expect(refusal?.code == .denied)
        }
        #expect(try await bench.store.requests(RequestQuery(limit: 1000)).count == 20)
        bench.clock.advance(by: .seconds(5))
        await #expect(throws: Refusal.self) { try await bench.ask(BrokerTests.eve) }
        let last = try await bench.store.audit(AuditQuery(newest: true, limit: 1, actorUID: 1004)).last
        #expect(last?.event.details["left_out"] == "180")
        // So are those who ask for more than their quota or their maximum.
        let lease = try await bench.ask().lease
        for _ in 0..<100 {
            await #expect(throws: Refusal.self) { try await bench.ask() }
            await #expect(throws: Refusal.self) {
                try await bench.broker.renew(lease.id, ttl: TTL(seconds: 86_400), by: BrokerTests.alice)
            }
        }
        let denied = try await bench.store.audit(AuditQuery(limit: 1000, actorUID: 1001))
            .filter { [.requestDenied, .leaseRenewalDenied].contains($0.event.action) }
        #expect(denied.count == 20)
        await bench.broker.stop()
    }

    @Test("What is refused costs no hashing, and a hash that fails leaves nothing half done")
    func hashing() async throws {
        let bench = try await Bench(perPerson: 1)
        await #expect(throws: Refusal.self) { try await bench.ask(BrokerTests.eve) }
        #expect(bench.engine.verifiers == 0)
        bench.engine.failVerifiers(with: EngineFailure(.invalid, "no entropy"))
        await #expect(throws: Refusal.self) { try await bench.ask() }
        #expect(try await bench.states() == [.failed])
        #expect(bench.engine.batches.isEmpty)
        bench.engine.failVerifiers(with: nil)
        _ = try await bench.ask()
        let made = bench.engine.verifiers
        for _ in 0..<10 { await #expect(throws: Refusal.self) { try await bench.ask() } }
        // At most the one that is being made ahead of need, for whoever is given something next.
        #expect(bench.engine.verifiers - made <= 1)
        await bench.broker.stop()
    }

    @Test("Two repeats at once: the one that is answered last has the password in force")
    func sameKey() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask(key: "job").lease
        let issued = try await withThrowingTaskGroup(of: Issued.self) { group in
            for _ in 0..<8 { group.addTask { try await bench.ask(key: "job") } }
            return try await group.reduce(into: [Issued]()) { $0.append($1) }
        }
        #expect(issued.allSatisfy { $0.isRepeated && $0.lease.id == lease.id })
        #expect(bench.engine.existing[lease.id]?.verifier == Verifier("fake:4096:32:9"))
        #expect(try await bench.actions().count { $0 == .leaseReissued } == 8)
        await bench.broker.stop()
    }

    @Test("A repeat that cannot be recorded leaves the password as it is")
    func repeatUnrecorded() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask(key: "job").lease
        let verifier = bench.engine.existing[lease.id]?.verifier
        bench.store.fail(with: .unwritable("full"))
        await #expect(throws: Refusal.self) { try await bench.ask(key: "job") }
        #expect(bench.engine.existing[lease.id]?.verifier == verifier)
        bench.store.fail(with: nil)
        await bench.broker.stop()
    }

    /// Accounts whose groups a test changes.
    private final class Groups: Sendable {
        private let groups: Mutex<Set<String>>
        init(_ groups: Set<String>) { self.groups = Mutex(groups) }
        func set(_ new: Set<String>) { groups.withLock { $0 = new } }
        var names: NameService {
            NameService { [self] _ in Account(user: "dora", groups: groups.withLock { $0 }) }
        }
    }

    @Test("Who follows the log and loses the right to it is cut off within seconds")
    func lostRight() async throws {
        let bench = try await Bench()
        let groups = Groups(["dba"])
        let timekeeper = Timekeeper.manual(bench.clock)
        // Look-ups take real time, and are never remembered here.
        var limits = IdentityDirectory.Limits()
        limits.freshness = 0
        let directory = IdentityDirectory(names: groups.names, limits: limits)
        let ledger = PlaceLedger.streams(HTTPLimits())
        let stream = try await AuditStream(
            broker: bench.broker, directory: directory, identity: BrokerTests.dba, query: AuditQuery(),
            timekeeper: timekeeper, format: .lines, place: ledger.take(uid: BrokerTests.dba.uid))
        let counter = LineCounter()
        let following = Task {
            for try await _ in stream { counter.count() }
            return true
        }
        try await eventually("the stream has begun") { counter.lines > 0 }
        let before = counter.lines
        for _ in 0..<40 { bench.clock.advance(by: .milliseconds(500)); await Task.yield() }
        _ = try await bench.ask()
        try await pass(until: { counter.lines > before }, bench)
        groups.set([])
        let ended = LineCounter()
        Task {
            _ = try await following.value
            ended.count()
        }
        try await pass(until: { ended.lines == 1 }, bench)
        await bench.broker.stop()
    }

    private final class LineCounter: Sendable {
        private let state = Mutex(0)
        var lines: Int { state.withLock { $0 } }
        func count() { state.withLock { $0 += 1 } }
    }

    /// Lets time go on in small steps until it is so.
    private func pass(until condition: () async throws -> Bool, _ bench: Bench) async throws {
        try await eventually("it is so") {
            if try await condition() { return true }
            bench.clock.advance(by: .seconds(1))
            await Task.yield()
            return try await condition()
        }
    }
}
