import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let admission = [
        StoreConformance("an admission is read back as it was, request, lease and records") { store in
            let admission = try Sample.admission()
            let lease = try #require(admission.lease)
            guard case .admitted = try await store.admit(admission) else {
                Issue.record("not admitted")
                return
            }
            #expect(try await store.lease(lease.id) == lease)
            #expect(try await store.request(admission.request.id) == admission.request)
            let records = try await store.audit(AuditQuery())
            #expect(records.map(\.event.action) == [.requestCreated, .leaseCreating])
            #expect(records.map(\.event) == admission.events)
        },
        StoreConformance("a denied request is on record without a lease") { store in
            var admission = try Sample.admission(key: "k")
            admission.request = admission.request.denied()
            admission.lease = nil
            guard case .admitted = try await store.admit(admission) else {
                Issue.record("not recorded")
                return
            }
            #expect(try await store.request(admission.request.id)?.state == .denied)
            #expect(try await store.leases(LeaseQuery()).isEmpty)
        },
        StoreConformance("what is over the quota is on record as denied, with its own events") { store in
            let quota = Quota(perPerson: 1, total: 10)
            _ = try await store.admitted(Sample.admission(quota: quota))
            let second = try Sample.admission(quota: quota)
            guard case .overQuota(let refusal) = try await store.admit(second) else {
                Issue.record("admitted")
                return
            }
            #expect(refusal.code == .tooManyActive)
            #expect(refusal.figures["maximum_active"] == 1)
            #expect(try await store.request(second.request.id)?.state == .denied)
            #expect(try await store.request(second.request.id)?.leaseID == nil)
            #expect(try await store.lease(#require(second.lease).id) == nil)
            let last = try await store.audit(AuditQuery(newest: true, limit: 1))
            #expect(last.first?.event.action == .requestDenied)
        },
        StoreConformance("what is over the quota is left out when too much was recorded of it") { store in
            let quota = Quota(perPerson: 1, total: 10)
            _ = try await store.admitted(Sample.admission(quota: quota))
            var second = try Sample.admission(quota: quota)
            second.overQuota = { _ in nil }
            let records = try await store.audit(AuditQuery(newest: true, limit: 9)).count
            guard case .overQuota = try await store.admit(second) else {
                Issue.record("admitted")
                return
            }
            #expect(try await store.request(second.request.id) == nil)
            #expect(try await store.audit(AuditQuery(newest: true, limit: 9)).count == records)
        },
        StoreConformance(
            "the quota counts per person and in all what is creating, active or locked, and no more"
        ) {
            store in
            let quota = Quota(perPerson: 2, total: 3)
            let first = try await store.admitted(Sample.admission(uid: 1, quota: quota), activeAt: Sample.now)
            let failed = try await store.admitted(Sample.admission(uid: 1, quota: quota))
            _ = try await store.step(failed, .undone, at: Sample.now)
            _ = try await store.admitted(Sample.admission(uid: 1, quota: quota))
            guard case .overQuota = try await store.admit(Sample.admission(uid: 1, quota: quota)) else {
                Issue.record("a third of one person")
                return
            }
            _ = try await store.admitted(Sample.admission(uid: 2, quota: quota))
            guard case .overQuota = try await store.admit(Sample.admission(uid: 3, quota: quota)) else {
                Issue.record("a fourth in all")
                return
            }
            // Another profile has places of its own.
            let write = ProfileName(unchecked: "orders-write")
            _ = try await store.admitted(Sample.admission(uid: 1, profile: write, quota: quota))
            _ = try await store.step(first, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            _ = try await store.admitted(Sample.admission(uid: 3, quota: quota))
            // What the server keeps because of what was left there has its place too.
            let kept = Lease.Obstacle(message: "owns a table")
            _ = try await store.step(first, .dropRefused(kept, nextAttemptAt: Sample.now), at: Sample.now)
            guard case .overQuota = try await store.admit(Sample.admission(uid: 1, quota: quota)) else {
                Issue.record("a third of one person, one of them locked")
                return
            }
            _ = try await store.step(first, .gone, at: Sample.now)
        },
        StoreConformance("requests that race for the last place never both win it") { store in
            let quota = Quota(perPerson: 100, total: 5)
            let admissions = try (0..<40).map { try Sample.admission(uid: UInt32($0), quota: quota) }
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for admission in admissions {
                    group.addTask {
                        if case .admitted = try await store.admit(admission) { true } else { false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 5)
            #expect(try await store.leases(LeaseQuery()).count == 5)
            #expect(try await store.requests(RequestQuery(states: [.denied])).count == 35)
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("an id or a role's name is never taken twice") { store in
            let admission = try Sample.admission()
            _ = try await store.admitted(admission)
            await #expect(throws: StoreError.self) { try await store.admit(admission) }
            #expect(try await store.leases(LeaseQuery()).count == 1)
            #expect(try await store.audit(AuditQuery()).count == 2)
        },
    ]

    static let idempotency = [
        StoreConformance("the same key and request within 5 minutes give the same lease, recording nothing") {
            store in
            let first = try Sample.admission(quota: Quota(perPerson: 1, total: 1), key: "job-17")
            let lease = try await store.admitted(first, activeAt: Sample.now)
            let later = Sample.now.addingTimeInterval(299.9)
            let again = try Sample.admission(at: later, quota: Quota(perPerson: 1, total: 1), key: "job-17")
            guard case .repeated(let request, let same) = try await store.admit(again) else {
                Issue.record("not repeated")
                return
            }
            #expect(request.id == first.request.id)
            #expect(request.state == .issued)
            #expect(same == lease)
            #expect(try await store.requests(RequestQuery()).count == 1)
            #expect(try await store.audit(AuditQuery()).count == 3)
        },
        StoreConformance("the same key with another request is a conflict, and changes nothing") { store in
            _ = try await store.admitted(Sample.admission(key: "job-17"))
            await #expect(throws: StoreError.idempotencyConflict) {
                try await store.admit(Sample.admission(seconds: 60, key: "job-17"))
            }
            await #expect(throws: StoreError.idempotencyConflict) {
                try await store.admit(Sample.admission(reason: "something else", key: "job-17"))
            }
            #expect(try await store.requests(RequestQuery()).count == 1)
        },
        StoreConformance("a key whose lease failed is for the next request, which it then repeats") { store in
            let failed = try await store.admitted(Sample.admission(key: "job-17"))
            _ = try await store.step(failed, .undone, at: Sample.now)
            let second = try await store.admitted(Sample.admission(key: "job-17"))
            guard case .repeated(_, let same) = try await store.admit(Sample.admission(key: "job-17")) else {
                Issue.record("not repeated")
                return
            }
            #expect(same.id == second.id)
        },
        StoreConformance("a key counts for its uid only") { store in
            _ = try await store.admitted(Sample.admission(uid: 1, key: "job-17"))
            _ = try await store.admitted(Sample.admission(uid: 2, key: "job-17"))
            #expect(try await store.leases(LeaseQuery()).count == 2)
        },
        StoreConformance("after 5 minutes a key is free again") { store in
            _ = try await store.admitted(Sample.admission(key: "job-17"))
            let later = Sample.now.addingTimeInterval(Admission.idempotencyWindow)
            let second = try await store.admitted(Sample.admission(seconds: 60, at: later, key: "job-17"))
            let again = try Sample.admission(seconds: 60, at: later.addingTimeInterval(1), key: "job-17")
            guard case .repeated(_, let same) = try await store.admit(again) else {
                Issue.record("not repeated")
                return
            }
            #expect(same.id == second.id)
        },
        StoreConformance("what was refused for its quota does not keep its key") { store in
            let quota = Quota(perPerson: 1, total: 1)
            let first = try await store.admitted(Sample.admission(quota: quota))
            guard case .overQuota = try await store.admit(Sample.admission(quota: quota, key: "k")) else {
                Issue.record("admitted")
                return
            }
            _ = try await store.step(first, .undone, at: Sample.now)
            _ = try await store.admitted(Sample.admission(quota: quota, key: "k"))
        },
        StoreConformance("repeats that race give one lease") { store in
            let admissions = try (0..<20).map { _ in try Sample.admission(key: "job-17") }
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for admission in admissions {
                    group.addTask {
                        if case .admitted = try await store.admit(admission) { true } else { false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await store.leases(LeaseQuery()).count == 1)
        },
    ]
}
