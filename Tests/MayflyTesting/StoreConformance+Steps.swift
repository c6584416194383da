import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let steps = [
        StoreConformance("a lease that becomes active issues its request, with one record") { store in
            let admission = try Sample.admission()
            let creating = try await store.admitted(admission)
            let until = Sample.now.addingTimeInterval(1800.25)
            let audit = Sample.event(.leaseActive, of: creating)
            let result = try await store.step(
                creating, .made(roleOID: .max, validUntil: until), at: Sample.now, audit: audit)
            #expect(result.change == .changed)
            let lease = try #require(try await store.lease(creating.id))
            #expect(result.lease == lease)
            #expect(lease.state == .active)
            #expect(lease.roleOID == .max)
            #expect(lease.validUntil == until)
            #expect(try await store.request(admission.request.id)?.state == .issued)
            #expect(
                try await store.audit(AuditQuery(lease: creating.id)).map(\.event.action) == [
                    .leaseCreating, .leaseActive,
                ])
        },
        StoreConformance("a fresh password is on record while the lease is active, and only then") { store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let audit = Sample.event(.leaseReissued, of: lease)
            let records = { try await store.audit(AuditQuery(action: .leaseReissued)).count }
            let result = try await store.step(lease, .reissued, at: Sample.now, audit: audit)
            #expect(result.change == .changed && result.lease == lease)
            #expect(try await store.lease(lease.id) == lease)
            #expect(try await records() == 1)
            let late = try await store.step(lease, .reissued, at: lease.expiresAt, audit: audit)
            #expect(late.change == .impossible)
            _ = try await store.step(lease, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            let ended = try await store.step(lease, .reissued, at: Sample.now, audit: audit)
            #expect(ended.change == .impossible && ended.refusal == nil)
            #expect(try await records() == 1)
        },
        StoreConformance("every field of a lease is read back as it was, through its whole life") { store in
            var expected = try await store.admitted(Sample.admission())
            let obstacle = Lease.Obstacle(
                message: "owns \"1\" table\nand more\u{0}", hanging: ["table public.t", "é"],
                statement: "DROP TABLE \"t\";")
            let next = Sample.now.addingTimeInterval(2.5)
            let life: [Lease.Event] = [
                .attemptFailed(obstacle, nextAttemptAt: next),
                .made(roleOID: 7, validUntil: next),
                .renewed(expiresAt: Sample.now.addingTimeInterval(7200), validUntil: next),
                .ending(.revoked, attemptAt: next),
                .attemptFailed(obstacle, nextAttemptAt: next),
                .dropRefused(obstacle, nextAttemptAt: next.addingTimeInterval(1)),
                .gone,
            ]
            for event in life {
                #expect(expected.apply(event, now: Sample.now) == .changed)
                let result = try await store.step(expected, event, at: Sample.now)
                #expect(result.lease == expected)
                #expect(try await store.lease(expected.id) == expected)
            }
            #expect(expected.state == .revoked)
            #expect(expected.endReason == .revoked)
        },
        StoreConformance("a lease is shortened and found by its rule, and what it was given stays on record")
        {
            store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let end = Sample.now.addingTimeInterval(60)
            let beyond = LeaseQuery(
                states: [.creating, .active], rule: "developers read orders", expiresAfter: end)
            #expect(try await store.leases(beyond).map(\.id) == [lease.id])
            var other = beyond
            other.rule = "another"
            #expect(try await store.leases(other).isEmpty)
            let result = try await store.step(lease, .shortened(to: end), at: Sample.now)
            #expect(result.change == .changed)
            #expect(try await store.lease(lease.id)?.expiresAt == end)
            #expect(try await store.lease(lease.id)?.endsLatestAt == lease.endsLatestAt)
            #expect(try await store.leases(beyond).isEmpty)
            #expect(
                try await store.step(lease, .shortened(to: lease.expiresAt), at: Sample.now).change
                    == .already)
            #expect(try await store.nextDue(Sample.orders, .first) == end)
        },
        StoreConformance("impossible steps change and record nothing, the others go on") { store in
            let first = try await store.admitted(Sample.admission())
            let second = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let nobody = LeaseID()
            let before = try await store.audit(AuditQuery()).count
            let results = try await store.apply(
                [
                    LeaseStep(nobody, .gone, audit: Sample.event(.leaseRevoked)),
                    LeaseStep(
                        first.id, .renewed(expiresAt: Sample.now, validUntil: Sample.now),
                        audit: Sample.event(.leaseRenewed, of: first)),
                    LeaseStep(
                        second.id, .ending(.revoked, attemptAt: Sample.now),
                        audit: Sample.event(.leaseRevoking, of: second)),
                ], now: Sample.now)
            #expect(results.map(\.change) == [.impossible, .impossible, .changed])
            #expect(results[0].lease == nil)
            #expect(results[1].lease == first)
            #expect(results[2].lease?.state == .revoking)
            #expect(try await store.audit(AuditQuery()).count == before + 1)
        },
        StoreConformance("what happened already is success and no second record") { store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let ending = Lease.Event.ending(.revoked, attemptAt: Sample.now.addingTimeInterval(60))
            let audit = Sample.event(.leaseRevoking, of: lease)
            _ = try await store.step(lease, ending, at: Sample.now, audit: audit)
            let before = try await store.audit(AuditQuery()).count
            // Asked for again, and sooner: that is kept, yet nothing to record.
            let sooner = Lease.Event.ending(.expired, attemptAt: Sample.now)
            let again = try await store.step(lease, sooner, at: Sample.now, audit: audit)
            #expect(again.change == .already)
            #expect(again.lease?.nextAttemptAt == Sample.now)
            #expect(try await store.lease(lease.id)?.nextAttemptAt == Sample.now)
            #expect(try await store.lease(lease.id)?.endReason == .revoked)
            #expect(try await store.audit(AuditQuery()).count == before)
        },
        StoreConformance("an attempt that is refused the same way again is counted, and not recorded") {
            store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            _ = try await store.step(lease, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            let refused = Lease.Event.dropRefused(
                .init(message: "owns a table"), nextAttemptAt: Sample.now.addingTimeInterval(1))
            let audit = Sample.event(.leaseLocked, of: lease)
            _ = try await store.step(lease, refused, at: Sample.now, audit: audit)
            let before = try await store.audit(AuditQuery()).count
            let claimed = try await store.claim([lease.id], now: Sample.now, claim: Sample.claim())
            #expect(claimed.count == 1)
            #expect(try await store.step(lease, refused, at: Sample.now, audit: audit).change == .already)
            #expect(try await store.lease(lease.id)?.attempts == 2)
            #expect(try await store.audit(AuditQuery()).count == before)
            // The attempt is over, and so is its claim.
            #expect(try await store.claim([lease.id], now: Sample.now, claim: Sample.claim()).count == 1)
        },
        StoreConformance("a step without an event of its own records nothing") { store in
            let lease = try await store.admitted(Sample.admission())
            let before = try await store.audit(AuditQuery()).count
            let failed = Lease.Event.attemptFailed(.init(message: "down"), nextAttemptAt: Sample.now)
            #expect(try await store.step(lease, failed, at: Sample.now).change == .changed)
            #expect(try await store.audit(AuditQuery()).count == before)
        },
        StoreConformance("steps from many tasks at once are all applied, and the chain is whole") { store in
            let leases = try await withThrowingTaskGroup(of: Lease.self) { group in
                for _ in 0..<60 {
                    group.addTask { try await store.admitted(Sample.admission(), activeAt: Sample.now) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lease in leases {
                    group.addTask {
                        let audit = Sample.event(.leaseRevoking, of: lease)
                        let ending = Lease.Event.ending(.revoked, attemptAt: Sample.now)
                        let result = try await store.step(lease, ending, at: Sample.now, audit: audit)
                        #expect(result.change == .changed)
                        try await store.record([Sample.event(.accessDenied, by: 7)])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.leases(LeaseQuery(states: [.revoking])).count == 60)
            #expect(try await store.audit(AuditQuery(limit: 1000)).map(\.sequence) == Array(1...300))
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
    ]
}
