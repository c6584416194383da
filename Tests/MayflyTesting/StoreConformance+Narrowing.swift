import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let narrowing = [
        StoreConformance("what a request and its lease are narrowed to is read back as it was") { store in
            let admission = try Sample.narrowed(to: ["sales.orders", "\"odd, name\""], ["c.id", "c.größe"])
            let lease = try await store.admitted(admission)
            #expect(try await store.request(admission.request.id) == admission.request)
            #expect(try await store.lease(lease.id)?.narrowing == admission.request.narrowing)
            #expect(try await store.lease(lease.id)?.narrowedGroup == nil)
            let made = Lease.Event.made(
                roleOID: 1, validUntil: lease.expiresAt, narrowedGroup: "mfn_eu1_0123")
            let active = try await store.step(lease, made, at: Sample.now).lease
            #expect(active?.narrowedGroup == "mfn_eu1_0123")
            #expect(try await store.lease(lease.id) == active)
            #expect(try await store.leases(LeaseQuery(ids: [lease.id])) == [active])
        },
        StoreConformance("a key that was used for another part of the scope is refused") { store in
            _ = try await store.admitted(try Sample.narrowed(to: ["orders"], nil, key: "k"))
            let same = try await store.admit(try Sample.narrowed(to: ["orders"], nil, key: "k"))
            guard case .repeated(let request, _) = same else {
                Issue.record("not repeated: \(same)")
                return
            }
            #expect(request.narrowing?.text == "orders")
            for other in [
                try Sample.narrowed(to: ["items"], nil, key: "k"), try Sample.admission(key: "k"),
                try Sample.narrowed(to: nil, ["orders.id"], key: "k"),
            ] {
                await #expect(throws: StoreError.idempotencyConflict) { try await store.admit(other) }
            }
        },
    ]
}

extension StoreConformanceSample {
    /// An approved request for a part of its profile's scope.
    static func narrowed(
        to tables: [String]?, _ columns: [String]?, key: String? = nil
    ) throws -> Admission {
        var admission = try admission(key: key)
        let narrowing = try Narrowing(tables: tables, columns: columns)
        let request = admission.request
        admission.request = AccessRequest(
            id: request.id, profile: request.profile, requester: request.requester, ttl: request.ttl,
            reason: request.reason, ticket: request.ticket, narrowing: narrowing,
            createdAt: request.createdAt,
            rule: request.rule, state: request.state, leaseID: request.leaseID)
        admission.lease = try admission.lease.map { lease in
            Lease(
                id: lease.id, requestID: lease.requestID, grant: try grant(), engine: lease.engine,
                requester: lease.requester, reason: lease.reason, ticket: lease.ticket, narrowing: narrowing,
                role: lease.role, now: now, settleBy: now.addingTimeInterval(30))
        }
        return admission
    }
}
