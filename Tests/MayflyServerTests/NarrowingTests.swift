import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Requests for a part of a profile: what of them is kept, shown, put before people and refused.
struct NarrowingTests {
    private typealias Bench = BrokerTests.Bench

    private static func wish(
        _ profile: ProfileName, tables: [String]? = ["orders"], columns: [String]? = ["customers.id"]
    ) throws -> LeaseRequest {
        LeaseRequest(
            profile: profile, ttl: nil, reason: nil, ticket: nil,
            narrowing: try Narrowing(tables: tables, columns: columns))
    }

    @Test("A narrowed request is made as such, and on record as such")
    func issued() async throws {
        let bench = try await Bench()
        bench.engine.narrow()
        let issued = try await bench.broker.issue(
            try Self.wish(bench.profile), by: BrokerTests.alice, idempotencyKey: nil)
        #expect(issued.request.narrowing?.text == "customers (id), orders")
        #expect(issued.lease.narrowing == issued.request.narrowing)
        #expect(issued.lease.narrowedGroup == "mfn_fake")
        #expect(issued.lease.groups == ["orders_readonly"])
        let scope = NarrowedScope(of: ["orders_readonly"], to: issued.request.narrowing)
        #expect(bench.engine.narrowed == [scope])
        let records = try await bench.store.audit(AuditQuery(lease: issued.lease.id)).map(\.event)
        #expect(
            records.first { $0.action == .requestCreated }?.details["narrowed_to"] == "customers (id), orders"
        )
        #expect(records.first { $0.action == .leaseActive }?.details["narrowed_group"] == "mfn_fake")
        await bench.broker.stop()
    }

    @Test("A key is good for the same part only")
    func key() async throws {
        let bench = try await Bench()
        bench.engine.narrow()
        let first = try await bench.broker.issue(
            try Self.wish(bench.profile), by: BrokerTests.alice, idempotencyKey: "k")
        let again = try await bench.broker.issue(
            try Self.wish(bench.profile), by: BrokerTests.alice, idempotencyKey: "k")
        #expect(again.lease.id == first.lease.id && again.isRepeated)
        for other in [
            try Self.wish(bench.profile, tables: ["orders", "items"]),
            try Self.wish(bench.profile, tables: nil),
        ] {
            let refusal = await #expect(throws: Refusal.self) {
                try await bench.broker.issue(other, by: BrokerTests.alice, idempotencyKey: "k")
            }
            #expect(refusal?.code == .idempotencyConflict)
        }
        await bench.broker.stop()
    }

    @Test("An engine that cannot narrow refuses before anything is on record as given")
    func unavailable() async throws {
        let bench = try await Bench()
        let refusal = await #expect(throws: Refusal.self) {
            try await bench.broker.issue(
                try Self.wish(bench.profile), by: BrokerTests.alice, idempotencyKey: nil)
        }
        #expect(refusal?.message == "narrowing is not available on postgresql")
        #expect(refusal?.field == "tables")
        #expect(bench.engine.existing.isEmpty)
        #expect(try await bench.store.leases(LeaseQuery()).isEmpty)
        await bench.broker.stop()
    }

    @Test("What is no part of the profile is refused by the guard, said so, and no lease is left")
    func beyond() async throws {
        let bench = try await Bench()
        bench.engine.narrow(
            failing: EngineFailure(.refusedByGuard, code: "MF020", "the groups have nothing on salaries"))
        let refusal = await #expect(throws: Refusal.self) {
            try await bench.broker.issue(
                try Self.wish(bench.profile, tables: ["salaries"]), by: BrokerTests.alice, idempotencyKey: nil
            )
        }
        #expect(refusal?.code == .denied && refusal?.field == "tables")
        #expect(refusal?.message.contains("salaries") == true)
        #expect(try await bench.store.leases(LeaseQuery()).map(\.state) == [.failed])
        await bench.broker.stop()
    }

    @Test("People are asked for what can be given, and that is what is redeemed")
    func approved() async throws {
        let bench = try await ApprovalBench()
        let wish = try Self.wish(ApprovalBench.write)
        let no = EngineFailure(.refusedByGuard, code: "MF020", "the groups have nothing on orders")
        bench.engine.narrow(failing: no)
        let refusal = await #expect(throws: Refusal.self) {
            try await bench.broker.ask(wish, by: ApprovalBench.alice, idempotencyKey: nil)
        }
        #expect(refusal?.code == .denied)
        #expect(try await bench.store.requests(RequestQuery()).map(\.state) == [.denied])

        // A server that is down for a moment keeps nobody from asking.
        bench.engine.narrow(failing: EngineFailure(.unreachable, "down"))
        guard
            case .waiting(let request) = try await bench.broker.ask(
                wish, by: ApprovalBench.alice, idempotencyKey: nil)
        else {
            Issue.record("not waiting")
            return
        }
        #expect(request.narrowing == wish.narrowing)
        bench.engine.narrow()
        _ = try await bench.broker.vote(
            .approve, on: request.id.rawValue, reason: nil, by: ApprovalBench.carol)
        _ = try await bench.broker.vote(.approve, on: request.id.rawValue, reason: nil, by: ApprovalBench.sam)
        let issued = try await bench.broker.redeem(
            request.id.rawValue, by: ApprovalBench.alice, idempotencyKey: nil)
        #expect(issued.lease.narrowing == wish.narrowing)
        #expect(bench.engine.narrowed.map(\.narrowing) == [wish.narrowing])
        await bench.broker.stop()
    }
}
