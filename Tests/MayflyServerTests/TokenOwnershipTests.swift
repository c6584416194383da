import Foundation
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// What is a job's, and what is not: the subject and the uid together.
@Suite("Jobs and their leases")
struct TokenOwnershipTests {
    static func job(_ subject: String, uid: UInt32 = 2001, id: String = "t-1") -> Identity {
        Identity(
            uid: uid, user: "runner", groups: ["developers"], pid: 9,
            token: TokenIdentity(
                issuer: "github", subject: subject, claims: ["repository": .string("acme/orders")],
                expiresAt: .distantFuture, id: id))
    }

    static let orders = job("repo:acme/orders:ref:refs/heads/main")
    static let other = job("repo:acme/other:ref:refs/heads/main")
    static let socket = Identity(uid: 2001, user: "runner", groups: ["developers"], pid: 9)

    private func bench() async throws -> ApprovalBench {
        let rule = AccessRule(
            name: "jobs", who: [.claims(issuer: "github", ["repository": .text("acme/*")])],
            profiles: [Glob("orders-read")])
        return try await ApprovalBench(ApprovalBench.configuration(first: [rule]))
    }

    private func lease(_ bench: ApprovalBench, _ identity: Identity = orders, key: String? = nil) async throws
        -> Lease
    {
        guard case .issued(let issued) = try await bench.ask(ApprovalBench.read, by: identity, key: key)
        else {
            throw TestServerError.timedOut("a lease")
        }
        return issued.lease
    }

    @Test(
        "A lease is its subject's over its uid: another token of the same subject uses it, nobody else does")
    func own() async throws {
        let bench = try await bench()
        let lease = try await lease(bench)
        #expect(lease.requester.key == "sub:github:repo:acme/orders:ref:refs/heads/main")
        let again = Self.job(Self.orders.token?.subject ?? "", id: "t-2")
        #expect(try await bench.broker.renew(lease.id, ttl: nil, by: again).id == lease.id)
        for stranger in [
            Self.other, Self.socket, Self.job(Self.orders.token?.subject ?? "", uid: 2002),
            ApprovalBench.alice,
        ] {
            #expect(
                await refused { try await bench.broker.renew(lease.id, ttl: nil, by: stranger) } == .notFound)
            #expect(
                await refused { try await bench.broker.tether(lease.id.rawValue, by: stranger) } == .notFound)
            #expect(try await bench.broker.leases(LeaseQuery(), by: stranger).isEmpty)
            #expect(try await bench.broker.leases(LeaseQuery(ids: [lease.id]), by: stranger).isEmpty)
            #expect(
                try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: stranger).isEmpty)
            #expect(
                await refused { try await bench.broker.request(lease.requestID.rawValue, by: stranger) }
                    == .notFound)
        }
        #expect(try await bench.broker.leases(LeaseQuery(), by: again).map(\.id) == [lease.id])
        #expect(
            try await bench.broker.revoke(LeaseQuery(ids: [lease.id]), reason: nil, by: again).map(\.id) == [
                lease.id
            ])
    }

    @Test("An auditor does not use what they see, with the socket's uid of the job either")
    func auditor() async throws {
        let bench = try await bench()
        let lease = try await lease(bench)
        #expect(
            await refused { try await bench.broker.renew(lease.id, ttl: nil, by: ApprovalBench.auditor) }
                == .denied)
    }

    @Test("Jobs under one uid have their idempotency keys to themselves")
    func keys() async throws {
        let bench = try await bench()
        let first = try await lease(bench, key: "build-1")
        let second = try await lease(bench, Self.other, key: "build-1")
        #expect(first.id != second.id)
        #expect(
            try await lease(bench, Self.job(Self.orders.token?.subject ?? "", id: "t-2"), key: "build-1").id
                == first.id)
    }

    @Test("With a token the token decides: not the groups of whoever brings it, nor an office of theirs")
    func decides() async throws {
        let bench = try await bench()
        let stranger = Identity(
            uid: 1007, user: "dora", groups: ["dba", "developers"], pid: 1,
            token: TokenIdentity(issuer: "github", subject: "repo:evil/x", expiresAt: .distantFuture))
        #expect(await refused { try await bench.ask(ApprovalBench.read, by: stranger) } == .denied)
        #expect(await bench.broker.roles(of: stranger).isEmpty)
        #expect(await refused { try await bench.broker.audit(AuditQuery(), by: stranger) } == .denied)
        let lease = try await lease(bench)
        #expect(await refused { try await bench.broker.lease(lease.id.rawValue, by: stranger) } == .notFound)
    }

    @Test("Both identities are on the record")
    func record() async throws {
        let bench = try await bench()
        _ = try await lease(bench)
        let records = try await bench.store.audit(AuditQuery(limit: 100))
        let actors = records.compactMap { record -> Identity? in
            if case .person(let identity) = record.event.actor { identity } else { nil }
        }
        #expect(actors.map(\.uid) == [2001])
        #expect(actors.map(\.user) == ["runner"])
        #expect(actors.first?.token?.subject == "repo:acme/orders:ref:refs/heads/main")
        #expect(actors.first?.token?.id == "t-1")
    }

    @Test("A DBA reads in the server whose job it is, and a long subject stays within what the guard takes")
    func order() async throws {
        let bench = try await bench()
        _ = try await lease(bench)
        #expect(Self.orders.shown == "runner sub:github:repo:acme/orders:ref:refs/heads/main")
        _ = try await lease(bench, Self.job("repo:acme/" + String(repeating: "o", count: 240)))
    }
}
