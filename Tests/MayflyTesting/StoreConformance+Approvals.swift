import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let approvals = [
        StoreConformance("a signed approval is used once, for ever, with what it did or not at all") {
            store in
            let (first, second) = (try Sample.waiting(uid: 1001), try Sample.waiting(uid: 1002))
            var arriving = first
            arriving.uses = use("a-1", for: first.request.id)
            guard case .admitted = try await store.admit(arriving) else {
                Issue.record("not admitted")
                return
            }
            #expect(try await store.request(approvedBy: "chat", "a-1") == first.request.id)
            #expect(try await store.request(approvedBy: "chat", "a-2") == nil)
            #expect(try await store.request(approvedBy: "portal", "a-1") == nil)
            #expect(try await store.request(approvedBy: "named", "a-1") == nil)
            var replayed = second
            replayed.uses = use("a-1", for: second.request.id)
            await #expect(throws: StoreError.approvalUsed(first.request.id)) {
                try await store.admit(replayed)
            }
            #expect(try await store.request(second.request.id) == nil)
            let records = try await store.audit(AuditQuery(limit: 100)).count

            _ = try await store.admit(second)
            await #expect(throws: StoreError.approvalUsed(first.request.id)) {
                try await withdraw(second.request.id, use("a-1", for: second.request.id), store)
            }
            #expect(try await store.request(second.request.id)?.state == .pending)
            #expect(try await store.audit(AuditQuery(limit: 100)).count == records + 1)
            // Another id, and the same of another issuer, are others.
            try await withdraw(second.request.id, use("a-1", of: "portal", for: second.request.id), store)
            #expect(try await store.request(second.request.id)?.state == .withdrawn)
            try await withdraw(first.request.id, use("a-2", for: first.request.id), store)
            #expect(try await store.request(first.request.id)?.state == .withdrawn)
        },
        StoreConformance("of many who use one signed approval at once one does") { store in
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        var admission = try Sample.waiting(uid: UInt32(3000 + index))
                        admission.uses = use("a-1", for: admission.request.id)
                        do {
                            _ = try await store.admit(admission)
                            return true
                        } catch StoreError.approvalUsed { return false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await store.requests(RequestQuery()).count == 1)
        },
        StoreConformance("a lease and a request are found by which identity over a uid they are") { store in
            _ = try await store.admit(try Sample.waiting(uid: 1001))
            #expect(try await store.requests(RequestQuery(uid: 1001, key: "uid:1001")).count == 1)
            #expect(try await store.requests(RequestQuery(uid: 1001, key: "sub:github:a")).isEmpty)
            _ = try await store.admit(try Sample.admission(uid: 1001))
            #expect(try await store.leases(LeaseQuery(uid: 1001, key: "uid:1001")).count == 1)
            #expect(try await store.leases(LeaseQuery(uid: 1001, key: "sub:github:a")).isEmpty)
        },
    ]

    private static func use(_ id: String, of issuer: String = "chat", for request: RequestID)
        -> ApprovalUse
    {
        let approval = SignedApproval(
            authority: "named", issuer: issuer, id: id, requester: "user:alice", profile: "orders-read",
            ttl: 1,
            approvers: ["user:bob"], expiresAt: Sample.now)
        return ApprovalUse(approval, for: request, at: Sample.now)
    }

    private static func withdraw(_ id: RequestID, _ use: ApprovalUse, _ store: any Store) async throws {
        _ = try await store.move(id) { request in
            RequestMove(request.withdraw(now: Sample.now), uses: use)
        }
    }
}
