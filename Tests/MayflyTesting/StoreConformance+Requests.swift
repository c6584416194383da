import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let requests = [
        StoreConformance("a request that waits for people is read back as it was, and is due at its time") {
            store in
            let admission = try Sample.waiting()
            guard case .admitted = try await store.admit(admission) else {
                Issue.record("not admitted")
                return
            }
            #expect(try await store.request(admission.request.id) == admission.request)
            #expect(try await store.leases(LeaseQuery()).isEmpty)
            #expect(try await store.nextDueRequest() == Sample.now.addingTimeInterval(900))
            #expect(try await store.dueRequests(now: Sample.now, limit: 10).isEmpty)
            let due = try await store.dueRequests(now: Sample.now.addingTimeInterval(900), limit: 10)
            #expect(due == [admission.request])
            #expect(try await store.requests(RequestQuery(states: [.pending])) == [admission.request])
            let prefix = String(admission.request.id.rawValue.prefix(8))
            #expect(try await store.requests(RequestQuery(idPrefix: prefix)) == [admission.request])
            #expect(try await store.requests(RequestQuery(idPrefix: "abc")).isEmpty)
        },
        StoreConformance(
            "an event on a request and its records are one; what is refused records what it says"
        ) {
            store in
            let admission = try Sample.waiting()
            _ = try await store.admit(admission)
            let id = admission.request.id
            let moved = try await store.vote(.approve, by: 1002, on: id)
            #expect(moved?.outcome == .approved)
            #expect(try await store.request(id) == moved?.request)
            #expect(try await store.request(id)?.state == .approved)
            #expect(
                try await store.audit(AuditQuery(newest: true, limit: 1)).first?.event.action == .leaseActive)
            let again = try await store.vote(.approve, by: 1003, on: id)
            #expect(again?.outcome == .refused(.over(.approved)))
            #expect(try await store.request(id) == moved?.request)
            let none: RequestMoved<Int>? = try await store.move(RequestID()) { _ in RequestMove(1) }
            #expect(none == nil)
        },
        StoreConformance("votes that race are counted one after the other") { store in
            let admission = try Sample.waiting(count: 3)
            _ = try await store.admit(admission)
            let outcomes = try await withThrowingTaskGroup(of: AccessRequest.VoteOutcome?.self) { group in
                for index in 0..<20 {
                    // Five people, four times each.
                    group.addTask {
                        try await store.vote(
                            .approve, by: UInt32(2000 + index % 5), on: admission.request.id)?
                            .outcome
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .approved } == 1)
            #expect(outcomes.count { $0 == .counted(missing: 1) } == 1)
            #expect(outcomes.count { $0 == .counted(missing: 2) } == 1)
            #expect(try await store.request(admission.request.id)?.course?.votes.count == 3)
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("a request that ended is due no more, and another time moves with each event") {
            store in
            let admission = try Sample.waiting()
            _ = try await store.admit(admission)
            let id = admission.request.id
            let later = Sample.now.addingTimeInterval(900)
            _ = try await store.move(id) { RequestMove($0.tick(now: later)) }
            #expect(try await store.nextDueRequest() == Sample.now.addingTimeInterval(86_400))
            _ = try await store.move(id) { RequestMove($0.withdraw(now: later)) }
            #expect(try await store.nextDueRequest() == nil)
            #expect(try await store.requests(RequestQuery(states: [.withdrawn])).map(\.id) == [id])
        },
        StoreConformance("one person's waiting requests have a bound, which racing does not pass") { store in
            let admissions = try (0..<60).map { _ in try Sample.waiting() }
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for admission in admissions {
                    group.addTask {
                        if case .admitted = try await store.admit(admission) { true } else { false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == AccessRequest.mostWaiting)
        },
        StoreConformance("the same key gives the request that waits, and does not ask again") { store in
            let admission = try Sample.waiting(key: "job-17")
            _ = try await store.admit(admission)
            guard case .waiting(let same) = try await store.admit(Sample.waiting(key: "job-17")) else {
                Issue.record("not repeated")
                return
            }
            #expect(same.id == admission.request.id)
            #expect(try await store.requests(RequestQuery()).count == 1)
        },
        StoreConformance("a request is found by its key, for its uid and its time") { store in
            let admission = try Sample.waiting(key: "job-17")
            _ = try await store.admit(admission)
            let id = admission.request.id
            let cases: [(key: String, uid: UInt32, seconds: TimeInterval, found: RequestID?)] = [
                ("job-17", 1001, 299.9, id), ("job-17", 1001, 300, nil), ("job-17", 1002, 0, nil),
                ("job-18", 1001, 0, nil),
            ]
            for (key, uid, seconds, expected) in cases {
                let now = Sample.now.addingTimeInterval(seconds)
                let found = try await store.request(keyed: key, of: uid, now: now)
                #expect(found?.id == expected, "\(key) \(uid) \(seconds)")
            }
        },
        StoreConformance(
            "of requests that race to extend one lease one is admitted, and another when it ended"
        ) {
            store in
            let (lease, other) = (LeaseID(), LeaseID())
            let admissions = try (0..<20).map { _ in try Sample.waiting(extending: lease) }
            let admitted = try await withThrowingTaskGroup(of: RequestID?.self) { group in
                for admission in admissions {
                    group.addTask {
                        if case .admitted = try await store.admit(admission) { return admission.request.id }
                        return nil
                    }
                }
                return try await group.reduce(into: [RequestID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(admitted.count == 1)
            guard case .admitted = try await store.admit(Sample.waiting(extending: other)) else {
                Issue.record("refused for another lease's sake")
                return
            }
            _ = try await store.move(#require(admitted.first)) { RequestMove($0.withdraw(now: Sample.now)) }
            guard case .admitted = try await store.admit(Sample.waiting(extending: lease)) else {
                Issue.record("refused for what has ended")
                return
            }
        },
    ]

    static let redemption = [
        StoreConformance("an approval is redeemed once, by its requester, and is issued with its lease") {
            store in
            let id = try await store.approved()
            guard case .notRedeemed(.notYours) = try await store.admit(Sample.redemption(of: id, by: 1002))
            else {
                Issue.record("redeemed by another")
                return
            }
            let lease = try await store.admitted(Sample.redemption(of: id))
            #expect(try await store.request(id)?.leaseID == lease.id)
            #expect(try await store.request(id)?.state == .approved)
            #expect(try await store.nextDueRequest() == nil)
            guard case .notRedeemed(.already) = try await store.admit(Sample.redemption(of: id)) else {
                Issue.record("redeemed twice")
                return
            }
            _ = try await store.step(
                lease, .made(roleOID: 1, validUntil: lease.expiresAt), at: Sample.now)
            #expect(try await store.request(id)?.state == .issued)
            #expect(try await store.leases(LeaseQuery()).map(\.id) == [lease.id])
        },
        StoreConformance("redemptions that race give one lease") { store in
            let id = try await store.approved()
            let admissions = try (0..<20).map { _ in try Sample.redemption(of: id) }
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
        StoreConformance("a redemption whose lease failed leaves the approval to be redeemed again") {
            store in
            let id = try await store.approved()
            let failed = try await store.admitted(Sample.redemption(of: id))
            _ = try await store.step(failed, .undone, at: Sample.now)
            #expect(try await store.request(id)?.leaseID == nil)
            #expect(try await store.nextDueRequest() == Sample.now.addingTimeInterval(3600))
            let second = try await store.admitted(Sample.redemption(of: id), activeAt: Sample.now)
            #expect(try await store.request(id)?.state == .issued)
            #expect(try await store.request(id)?.leaseID == second.id)
            #expect(try await store.leases(LeaseQuery()).map(\.state) == [.active, .failed])
        },
        StoreConformance("a full quota keeps an approval from being redeemed, and leaves it as it is") {
            store in
            let quota = Quota(perPerson: 1, total: 1)
            let other = try await store.admitted(Sample.admission(quota: quota))
            let id = try await store.approved()
            var redemption = try Sample.redemption(of: id)
            redemption.limits = AdmissionLimits(profile: Sample.read, quota: quota)
            guard case .overQuota = try await store.admit(redemption) else {
                Issue.record("redeemed")
                return
            }
            #expect(try await store.request(id)?.state == .approved)
            _ = try await store.step(other, .undone, at: Sample.now)
            _ = try await store.admitted(redemption)
        },
        StoreConformance(
            "redeeming with a key is repeated with it, also with the one that it was asked for with"
        ) {
            store in
            let asked = try Sample.waiting(key: "job-17")
            _ = try await store.admit(asked)
            let id = asked.request.id
            _ = try await store.vote(.approve, by: 1002, on: id)
            let lease = try await store.admitted(
                Sample.redemption(of: id, key: "job-17"), activeAt: Sample.now)
            guard
                case .repeated(let request, let same) = try await store.admit(
                    Sample.redemption(of: id, key: "job-17"))
            else {
                Issue.record("not repeated")
                return
            }
            #expect(request.id == id)
            #expect(same.id == lease.id)
        },
        StoreConformance("a lease that is extended lives longer, and its request is issued with it") {
            store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let id = try await store.approved()
            let end = lease.endsLatestAt.addingTimeInterval(3600)
            let step = LeaseStep(
                lease.id, .extended(to: end, validUntil: end), audit: nil, fulfils: id)
            let result = try await store.apply([step], now: Sample.now)[0]
            #expect(result.change == .changed)
            #expect(try await store.lease(lease.id)?.expiresAt == end)
            #expect(try await store.lease(lease.id)?.endsLatestAt == end)
            #expect(try await store.request(id)?.state == .issued)
        },
        StoreConformance("quotas count persons, whichever of their identities asks") { store in
            let quota = Quota(perPerson: 1, total: 10)
            let alice = Person(rawValue: "alice")
            _ = try await store.admitted(Sample.admission(uid: 1, person: alice, quota: quota))
            guard
                case .overQuota = try await store.admit(
                    Sample.admission(uid: 2, person: alice, quota: quota))
            else {
                Issue.record("a second of one person")
                return
            }
            #expect(try await store.leases(LeaseQuery(identities: Identities(alice))).count == 1)
            #expect(try await store.requests(RequestQuery(person: alice)).count == 2)
        },
    ]
}

extension Store {
    /// Somebody's vote, with a record that says no more than that there was one.
    func vote(
        _ verdict: Vote.Verdict, by uid: UInt32, on id: RequestID, at now: Date = StoreConformanceSample.now
    )
        async throws -> RequestMoved<AccessRequest.VoteOutcome>?
    {
        let voter = Identity(uid: uid, user: "user\(uid)", groups: ["owners"], pid: nil)
        return try await move(id) { request in
            let outcome = request.vote(Ballot(verdict, by: voter), people: People(), inForce: nil, now: now)
            return RequestMove(outcome, [StoreConformanceSample.event(.leaseActive, by: uid)])
        }
    }

    /// A request that people approved.
    func approved() async throws -> RequestID {
        let admission = try StoreConformanceSample.waiting()
        _ = try await admit(admission)
        _ = try await vote(.approve, by: 1002, on: admission.request.id)
        return admission.request.id
    }
}
