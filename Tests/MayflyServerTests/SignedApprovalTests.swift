import Foundation
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// What a signed approval counts for, once it is believed.
@Suite("Signed approvals")
struct SignedApprovalTests {
    private typealias Bench = ApprovalBench
    private let good = PlainApproval()

    private static let configuration = Bench.configuration(authorities: ["chat"])

    private func ask(
        _ bench: ApprovalBench, _ approval: PlainApproval, by identity: Identity = Bench.alice,
        ttl: Int? = nil,
        key: String? = nil, startAt: Date? = nil, broker: Broker? = nil
    ) async throws -> Answer {
        try await (broker ?? bench.broker).ask(
            LeaseRequest(
                profile: Bench.write, ttl: try ttl.map { try TTL(seconds: $0) }, reason: nil, ticket: nil,
                startAt: startAt), approval: try approval.text(), by: identity, idempotencyKey: key)
    }

    private func attach(_ bench: ApprovalBench, _ approval: PlainApproval, to request: AccessRequest)
        async throws
        -> AccessRequest
    {
        // A bot's own identity, which has no part in it.
        try await bench.broker.attach(try approval.text(), to: request.id.rawValue, by: Bench.eve)
    }

    private func issued(_ answer: Answer) -> Issued? {
        if case .issued(let issued) = answer { issued } else { nil }
    }
    private func waiting(_ answer: Answer) -> AccessRequest? {
        if case .waiting(let request) = answer { request } else { nil }
    }

    @Test("Approved by all whom the rule asks, in whatever order it names them, it is given at once, once")
    func atOnce() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let approval = good.with { $0.approvers = ["user:sam", "uid:1003"] }
        let first = try #require(issued(try await ask(bench, approval)))
        #expect(first.lease.state == .active)
        let request = try #require(try await bench.store.request(first.request.id))
        #expect(request.state == .issued)
        #expect(request.course?.votes.map(\.authority) == ["chat", "chat"])
        #expect(request.course?.votes.map(\.person.rawValue) == ["uid:1003", "uid:1004"])
        #expect(await refused { try await ask(bench, approval) } == .approvalInvalid)
        #expect(await refused { try await ask(bench, approval, key: "another") } == .approvalInvalid)
        let records = try await bench.store.audit(AuditQuery(limit: 100)).map(\.event)
        let votes = records.filter { $0.action == .requestApproval }
        #expect(votes.map { $0.details["authority"] } == ["chat", "chat"])
        #expect(
            votes.allSatisfy {
                $0.details["approval_id"] == approval.id && $0.details["brought_by"] == "uid:1001"
            })
        #expect(records.contains { $0.action == .requestDenied && $0.details["code"] == "approval_invalid" })
    }

    @Test("A replay is refused after a restart too, and an approval of another authority has ids of its own")
    func restart() async throws {
        let bench = try await ApprovalBench(Bench.configuration(authorities: ["chat", "portal"]))
        _ = try await ask(bench, good)
        let next = try await bench.restarted(Bench.configuration(authorities: ["chat", "portal"]))
        #expect(await refused { try await ask(bench, good, broker: next) } == .approvalInvalid)
        #expect(issued(try await ask(bench, good.with { $0.authority = "portal" }, broker: next)) != nil)
    }

    @Test("A replay is refused after the authority was given another name too")
    func renamed() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let approval = good.with { $0.issuer = "https://chat.example" }
        _ = try await ask(bench, approval)
        let next = try await bench.restarted(Bench.configuration(authorities: ["chat-eu"]))
        let again = approval.with { $0.authority = "chat-eu" }
        #expect(await refused { try await ask(bench, again, broker: next) } == .approvalInvalid)
        #expect(issued(try await ask(bench, again.with { $0.id = "another" }, broker: next)) != nil)
    }

    @Test("A repeat with its key after a lost reply is the same lease")
    func lostReply() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let first = try #require(issued(try await ask(bench, good, key: "k")))
        let again = try #require(issued(try await ask(bench, good, key: "k")))
        #expect(first.lease.id == again.lease.id)
        #expect(again.isRepeated)
    }

    static let misfits: [(String, @Sendable (inout PlainApproval) -> Void)] = [
        ("another requester", { $0.requester = "user:eve" }),
        ("a requester's other account", { $0.requester = "user:alice-adm" }),
        ("a group for a requester", { $0.requester = "group:developers" }),
        ("anyone for a requester", { $0.requester = "anyone" }),
        ("another profile", { $0.profile = "orders-read" }),
        ("a glob of profiles", { $0.profile = "orders-*" }),
        ("a shorter TTL", { $0.ttl = 1799 }), ("another reason", { $0.reason = "because" }),
        ("another ticket", { $0.ticket = "OPS-1" }),
        ("a wider scope", { $0.scope = ["orders_rw", "orders_ddl"] }),
        ("another scope", { $0.scope = ["orders_readonly"] }), ("no scope at all", { $0.scope = [] }),
        ("another request", { $0.request = "6c1d0c5e-2b1f-4f0e-9d5a-6f0c2f4d1f0c" }),
        ("the requester as an approver", { $0.approvers = ["user:carol", "user:alice"] }),
        ("the requester's other account as an approver", { $0.approvers = ["user:alice-adm", "user:sam"] }),
        ("the requester's uid as an approver", { $0.approvers = ["user:carol", "user:sam", "uid:1001"] }),
        ("nobody of this host", { $0.approvers = ["user:carol", "user:mallory"] }),
        ("a group as an approver", { $0.approvers = ["group:owners"] }),
        ("a job as an approver", { $0.approvers = ["sub:github:repo:acme/x"] }),
        ("people who are no approvers", { $0.approvers = ["user:eve", "user:dora"] }),
        ("an approver of a later step alone", { $0.approvers = ["user:sam"] }),
        ("an escalation that was not carried out", { $0.approvers = ["user:oscar"] }),
    ]

    @Test(
        "One for anything else than exactly this request gives nothing, and is not used up",
        arguments: misfits.indices)
    func misfit(_ index: Int) async throws {
        let (what, change) = Self.misfits[index]
        let bench = try await ApprovalBench(Self.configuration)
        let bad = good.with(change)
        #expect(await refused { try await ask(bench, bad) } == .approvalInvalid, "\(what)")
        let waiting = try await bench.pending()
        #expect(await refused { try await attach(bench, bad, to: waiting) } == .approvalInvalid, "\(what)")
        #expect(try await bench.store.request(waiting.id)?.course?.votes.isEmpty == true)
        #expect(try await bench.store.leases(LeaseQuery()).isEmpty)
        #expect(try await bench.actions().filter { $0 == .requestVoteRefused }.count == 1)
        // The same id, in one that fits.
        let fits = good.with { $0.id = bad.id }
        #expect(try await attach(bench, fits, to: waiting).state == .approved)
    }

    @Test(
        "A longer TTL than was approved is refused, a shorter one is not; and what is given is what was asked"
    )
    func ttl() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        #expect(await refused { try await ask(bench, good, ttl: 1801) } == .approvalInvalid)
        let lease = try #require(issued(try await ask(bench, good, ttl: 600))).lease
        #expect(lease.expiresAt.timeIntervalSince(lease.createdAt) == 600)
        #expect(lease.endsLatestAt == lease.expiresAt)
    }

    @Test("A rule that does not name the authority does not honour it, nor one from which it was taken since")
    func authority() async throws {
        let unnamed = try await ApprovalBench()
        #expect(await refused { try await ask(unnamed, good) } == .denied)
        let bench = try await ApprovalBench(Self.configuration)
        #expect(await refused { try await ask(bench, good.with { $0.authority = "portal" }) } == .denied)
        let waiting = try await bench.pending()
        try await bench.broker.reload(Bench.configuration())
        #expect(await refused { try await attach(bench, good, to: waiting) } == .denied)
        // Nor does a rule that names it by now, for a request that was put before people without.
        let early = try await unnamed.pending()
        try await unnamed.broker.reload(Self.configuration)
        #expect(await refused { try await attach(unnamed, good, to: early) } == .denied)
    }

    @Test("Where it is not enough the request waits for the others, and a person counts once")
    func partly() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let some = good.with { $0.approvers = ["user:bob"] }
        let request = try #require(waiting(try await ask(bench, some)))
        #expect(request.state == .pending)
        #expect(request.course?.currentStep == 1)
        // Bob is in both steps.
        #expect(await refused { try await bench.approve(request, by: Bench.bob) } == .denied)
        #expect(
            await refused {
                try await attach(bench, PlainApproval().with { $0.approvers = ["user:bob"] }, to: request)
            }
                == .approvalInvalid)
        #expect(
            try await attach(
                bench, PlainApproval().with { $0.approvers = ["uid:1002", "user:sam"] }, to: request
            ).state
                == .approved)
        #expect(try await bench.redeem(request).lease.state == .active)
    }

    @Test("Handed in later by a bot it counts once, and its repeat changes nothing")
    func attached() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let request = try await bench.pending()
        #expect(try await attach(bench, good, to: request).state == .approved)
        #expect(try await attach(bench, good, to: request).state == .approved)
        let other = try await bench.pending(ttl: 900)
        #expect(await refused { try await attach(bench, good, to: other) } == .approvalInvalid)
        #expect(try await bench.state(other) == .pending)
        // Only its requester redeems it.
        #expect(await refused { try await bench.redeem(request, by: Bench.carol) } == .denied)
        #expect(try await bench.redeem(request).lease.state == .active)
    }

    @Test("What begins later, and what extends a lease, is approved by its id only")
    func named() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let start = Timekeeper.manual(bench.clock).now().addingTimeInterval(3600)
        #expect(await refused { try await ask(bench, good, startAt: start) } == .approvalInvalid)
        guard case .waiting(let later) = try await bench.ask(startAt: start) else {
            throw TestServerError.timedOut("it waits")
        }
        #expect(await refused { try await attach(bench, good, to: later) } == .approvalInvalid)
        #expect(
            try await attach(bench, good.with { $0.request = later.id.rawValue }, to: later).state
                == .approved)

        let lease = try await bench.redeem(try await bench.approved()).lease
        let answer = try await bench.broker.extend(
            lease.id.rawValue, ttl: try TTL(seconds: 900), reason: nil, ticket: nil, by: Bench.alice,
            idempotencyKey: nil)
        #expect(answer.request.state == .pending)
        #expect(await refused { try await attach(bench, good, to: answer.request) } == .approvalInvalid)
        let exact = PlainApproval().with { $0.request = answer.request.id.rawValue }
        #expect(try await attach(bench, exact, to: answer.request).state == .issued)
    }

    @Test(
        "Where the rules give it anyway the approval is not needed and not used up; where they deny, it does not help"
    )
    func notNeeded() async throws {
        let automatic = try await ApprovalBench(Bench.configuration(outcome: .automatic))
        #expect(issued(try await ask(automatic, good)) != nil)
        let bench = try await ApprovalBench(Self.configuration)
        #expect(await refused { try await ask(bench, good, by: Bench.carol) } == .denied)
    }

    @Test("A step that takes a second factor is not attested")
    func factor() async throws {
        var terms = Bench.terms
        terms.steps[0].mfa = true
        let bench = try await ApprovalBench(Bench.configuration(terms: terms, authorities: ["chat"]))
        #expect(await refused { try await ask(bench, good) } == .approvalInvalid)
    }

    @Test("Two who race with one approval: one of them has it")
    func race() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let won = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { await refused { try await ask(bench, good) } == nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
        #expect(try await bench.store.leases(LeaseQuery()).count == 1)
    }

    @Test("What nobody believes is refused, whoever brings it, and on record")
    func unbelieved() async throws {
        let bench = try await ApprovalBench(Self.configuration)
        let request = try await bench.pending()
        for text in ["", "a.b.c", "{}"] {
            #expect(
                await refused { try await bench.broker.attach(text, to: request.id.rawValue, by: Bench.eve) }
                    == .approvalInvalid)
        }
        #expect(
            await refused {
                try await bench.broker.attach("x", to: "6c1d0c5e-2b1f-4f0e-9d5a-6f0c2f4d1f0c", by: Bench.eve)
            } == .notFound)
        #expect(
            await refused {
                try await bench.broker.attach("x", to: String(request.id.rawValue.prefix(8)), by: Bench.eve)
            } == .notFound)
        #expect(try await bench.actions().filter { $0 == .requestVoteRefused }.count == 3)
    }
}
