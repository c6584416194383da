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
        #expect(
            refusal?.message
                == "narrowing is not available on postgresql: \"customers (id), orders\" cannot be asked for by itself"
        )
        #expect(refusal?.field == "tables" && refusal?.hint?.contains(bench.profile.rawValue) == true)
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

/// What becomes of a narrowed request once it was approved: that part, or nothing.
struct NarrowedApprovalTests {
    private typealias Bench = ApprovalBench
    private static let narrowing = try? Narrowing(tables: ["orders"], columns: ["customers.id"])
    private static let configuration = Bench.configuration(authorities: ["chat"])

    private func wish(_ narrowing: Narrowing?) -> LeaseRequest {
        LeaseRequest(profile: Bench.write, ttl: nil, reason: nil, ticket: nil, narrowing: narrowing)
    }

    private func bench() async throws -> ApprovalBench {
        let bench = try await ApprovalBench(Self.configuration)
        bench.engine.narrow()
        return bench
    }

    private func waiting(_ bench: ApprovalBench, _ narrowing: Narrowing?) async throws -> AccessRequest {
        guard
            case .waiting(let request) = try await bench.broker.ask(
                wish(narrowing), by: Bench.alice, idempotencyKey: nil)
        else { throw TestServerError.timedOut("a request that waits") }
        return request
    }

    @Test("A signed approval of a part is none of another part, nor of the whole, however it is handed in")
    func otherPart() async throws {
        let bench = try await bench()
        let part = PlainApproval().with { ($0.tables, $0.columns) = (["orders"], ["customers.id"]) }
        let others: [Narrowing?] = [
            nil, try Narrowing(tables: ["orders"], columns: nil),
            try Narrowing(tables: ["orders"], columns: ["customers.id", "customers.iban"]),
            try Narrowing(tables: ["orders", "customers"], columns: nil),
            try Narrowing(tables: ["sales.orders"], columns: ["customers.id"]),
        ]
        for other in others {
            #expect(
                await refused {
                    try await bench.broker.ask(
                        wish(other), approval: try part.text(), by: Bench.alice, idempotencyKey: nil)
                } == .approvalInvalid)
            let request = try await waiting(bench, other)
            for approval in [part, part.with { $0.request = request.id.rawValue }] {
                #expect(
                    await refused {
                        try await bench.broker.attach(
                            try approval.text(), to: request.id.rawValue, by: Bench.eve)
                    } == .approvalInvalid)
            }
            #expect(try await bench.state(request) == .pending)
        }
        #expect(bench.engine.existing.isEmpty)
        let answer = try await bench.broker.ask(
            wish(Self.narrowing), approval: try part.text(), by: Bench.alice, idempotencyKey: nil)
        guard case .issued(let issued) = answer else {
            Issue.record("not issued")
            return
        }
        #expect(issued.lease.narrowing == Self.narrowing)
        #expect(bench.engine.narrowed.map(\.narrowing) == [Self.narrowing])
    }

    @Test(
        "A signed approval that names no part is of the whole, or of the request that it names, whose part that is"
    )
    func whole() async throws {
        let bench = try await bench()
        let request = try await waiting(bench, Self.narrowing)
        #expect(
            await refused {
                try await bench.broker.attach(
                    try PlainApproval().text(), to: request.id.rawValue, by: Bench.eve)
            } == .approvalInvalid)
        let named = PlainApproval().with { $0.request = request.id.rawValue }
        // Not by another request, which asks for all of it.
        #expect(
            await refused {
                try await bench.broker.ask(
                    wish(nil), approval: try named.text(), by: Bench.alice, idempotencyKey: nil)
            } == .approvalInvalid)
        let approved = try await bench.broker.attach(
            try named.text(), to: request.id.rawValue, by: Bench.eve)
        #expect(approved.state == .approved)
        #expect(try await bench.redeem(approved).lease.narrowing == Self.narrowing)
    }

    @Test("Names that only look the same are those of another table")
    func lookAlike() async throws {
        let bench = try await bench()
        let approval = PlainApproval().with { $0.tables = ["caf\u{E9}"] }
        let other = try Narrowing(tables: ["cafe\u{301}"], columns: nil)
        #expect(
            await refused {
                try await bench.broker.ask(
                    wish(other), approval: try approval.text(), by: Bench.alice, idempotencyKey: nil)
            } == .approvalInvalid)
    }

    @Test("What was approved as a part is never redeemed whole, whatever profile and database have become")
    func redeemed() async throws {
        var direct = Self.configuration
        direct.databases[Bench.database]?.mode = .direct
        var owning = Self.configuration
        owning.profiles[Bench.write]?.create = .init(owner: "orders_owner")
        for (changed, code) in [(direct, Refusal.Code.invalidRequest), (owning, .conflict)] {
            let bench = try await bench()
            let request = try await bench.approve(
                try await waiting(bench, Self.narrowing), by: Bench.carol, Bench.sam)
            let next = try await bench.restarted(changed)
            #expect(
                await refused {
                    try await next.redeem(request.id.rawValue, by: Bench.alice, idempotencyKey: nil)
                } == code)
            #expect(bench.engine.existing.isEmpty)
            #expect(try await bench.state(request) == .approved)
            // What the profile is now is no refusal of a part.
            if code == .invalidRequest {
                #expect(
                    try await bench.store.audit(AuditQuery(limit: 100)).map(\.event).contains {
                        $0.action == .requestVoteRefused
                    })
            }
            // As it was: the part.
            let last = try await bench.restarted(Self.configuration)
            let issued = try await last.redeem(request.id.rawValue, by: Bench.alice, idempotencyKey: nil)
            #expect(issued.lease.narrowing == Self.narrowing)
            await last.stop()
        }
    }

    @Test("Renewed, extended and asked for again with its key, a narrowed lease stays the part")
    func goesOn() async throws {
        let bench = try await bench()
        let request = try await bench.approve(
            try await waiting(bench, Self.narrowing), by: Bench.carol, Bench.sam)
        let issued = try await bench.broker.redeem(
            request.id.rawValue, by: Bench.alice, idempotencyKey: "k")
        let again = try await bench.broker.redeem(
            request.id.rawValue, by: Bench.alice, idempotencyKey: "k")
        #expect(again.isRepeated && again.lease.narrowing == Self.narrowing)
        let renewed = try await bench.broker.renew(issued.lease.id, ttl: nil, by: Bench.alice)
        #expect(renewed.narrowing == Self.narrowing)
        let extended = try await bench.broker.extend(
            issued.lease.id.rawValue, ttl: try TTL(seconds: 3600), reason: nil, ticket: nil, by: Bench.alice,
            idempotencyKey: nil)
        #expect(extended.request.narrowing == Self.narrowing)
        #expect(extended.request.state == .pending)
        // An approval of the whole extends no part, nor one of a part that does not say which lease.
        let part = PlainApproval().with {
            ($0.tables, $0.columns, $0.ttl) = (["orders"], ["customers.id"], 3600)
        }
        for approval in [PlainApproval().with { $0.ttl = 3600 }, part] {
            #expect(
                await refused {
                    try await bench.broker.attach(
                        try approval.text(), to: extended.request.id.rawValue, by: Bench.eve)
                } == .approvalInvalid)
        }
        await bench.broker.stop()
    }
}
