import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

/// What a lockdown stops, in the transactions that would give access.
extension StoreConformance {
    private static let admin = Lease.Requester(user: "dora", uid: 1)
    private static let shop = DatabaseName(unchecked: "shop")

    static let lockdowns = [
        StoreConformance("a lockdown is read back as it was begun, and so is its end") { store in
            let target = Lockdown.Target(
                typed: "user:alice", person: Person(rawValue: "alice"),
                identities: ["uid:1001", "user:alice"])
            let scopes: [Lockdown.Scope] = [
                .everything, .database(shop), .profile(Sample.read), .person(target),
            ]
            for (index, scope) in scopes.enumerated() {
                try await store.begin(lockdown(scope, minutes: index == 0 ? nil : Double(index)))
            }
            let all = try await store.lockdowns(LockdownQuery())
            #expect(all.map(\.scope) == scopes.reversed())
            #expect(all.last?.until == nil && all.first?.until == Sample.now.addingTimeInterval(180))
            #expect(all.allSatisfy { $0.isInForce && $0.by == admin && $0.since == Sample.now })
            let (off, time) = (all[0], all[1])
            let allClear = try Reason(parsing: "all clear")
            let ending = Lockdown.Ending.off(by: admin, reason: allClear, at: Sample.now)
            #expect(try await store.end(off, ending)?.change == .changed)
            #expect(try await store.end(off, ending)?.change == .already)
            #expect(try await store.end(time, .time(at: Sample.now))?.change == .impossible)
            let late = Sample.now.addingTimeInterval(120)
            #expect(try await store.end(time, .time(at: late))?.lockdown.ending == .time(at: late))
            #expect(try await store.end(lockdown(), ending) == nil)
            #expect(try await store.lockdowns(LockdownQuery()).map(\.id) == [all[2].id, all[3].id])
            #expect(try await store.lockdowns(LockdownQuery(inForce: false))[0].ending == ending)
            let actions = try await store.audit(AuditQuery(newest: true, limit: 20)).map(\.event.action)
            #expect(actions.count { $0 == .lockdownOff } == 2)
            #expect(actions.count { $0 == .lockdownOn } == 4)
        },
        StoreConformance("nothing that a lockdown covers is admitted from its commit on, and all else is") {
            store in
            let people = { (admission: Admission) in
                var admission = admission
                admission.people = [Person(rawValue: "alice")]
                return admission
            }
            let target = Lockdown.Target(
                typed: "alice", person: Person(rawValue: "alice"), identities: ["uid:1005"])
            let begun = lockdown(.person(target))
            try await store.begin(begun)
            #expect(try await store.refusal(Sample.admission()) == nil)
            #expect(
                try await store.refusal(Sample.admission(person: Person(rawValue: "alice")))?.code
                    == .lockdown)
            #expect(try await store.refusal(Sample.admission(uid: 1005))?.code == .lockdown)
            #expect(try await store.refusal(people(Sample.admission(uid: 1006)))?.code == .lockdown)
            // On record as denied, without a lease.
            #expect(try await store.leases(LeaseQuery()).count == 1)
            #expect(try await store.requests(RequestQuery(states: [.denied])).count == 3)
            try await store.begin(lockdown(.database(shop)))
            #expect(try await store.refusal(Sample.admission(database: shop))?.code == .lockdown)
            #expect(try await store.refusal(Sample.admission()) == nil)
            _ = try await store.end(begun, .off(by: admin, reason: Sample.why, at: Sample.now))
            #expect(try await store.refusal(Sample.admission(uid: 1005)) == nil)
        },
        StoreConformance("under a lockdown a request cannot be made to wait, redeemed or repeated") { store in
            let waiting = try Sample.waiting()
            _ = try await store.admit(waiting)
            _ = try await store.move(waiting.request.id) { request in
                let outcome = request.vote(
                    Ballot(
                        .approve, by: Identity(uid: 7, user: "olga", groups: ["owners"], pid: nil)),
                    people: People(), inForce: request.course?.terms, now: Sample.now)
                return RequestMove(outcome)
            }
            _ = try await store.admitted(Sample.admission(key: "k"), activeAt: Sample.now)
            let begun = lockdown()
            try await store.begin(begun)
            #expect(try await store.refusal(Sample.waiting())?.code == .lockdown)
            let redemption = try Sample.redemption(of: waiting.request.id)
            #expect(try await store.refusal(redemption)?.code == .lockdown)
            #expect(try await store.refusal(Sample.admission(key: "k"))?.code == .lockdown)
            // The approval is kept, and is good when it is over.
            #expect(try await store.request(waiting.request.id)?.state == .approved)
            _ = try await store.end(begun, .off(by: admin, reason: Sample.why, at: Sample.now))
            guard case .admitted = try await store.admit(redemption) else {
                Issue.record("not redeemed")
                return
            }
        },
        StoreConformance("an intent that a lockdown overtakes never becomes active, and nothing is prolonged")
        {
            store in
            let creating = try await store.admitted(Sample.admission())
            let active = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            try await store.begin(lockdown(.database(Sample.orders)))
            let made = Lease.Event.made(roleOID: 1, validUntil: creating.expiresAt)
            let result = try await store.step(creating, made, at: Sample.now)
            #expect(result.change == .impossible && result.refusal?.code == .lockdown)
            let overtaken = try await store.lease(creating.id)
            #expect(overtaken?.state == .creating && overtaken?.endReason == .lockdown)
            #expect(overtaken?.nextAttemptAt == Sample.now)
            #expect(try await store.step(creating, .undone, at: Sample.now).lease?.state == .failed)
            let later = active.expiresAt.addingTimeInterval(60)
            for event in [
                Lease.Event.renewed(expiresAt: later, validUntil: later),
                .extended(to: later, validUntil: later), .reissued,
            ] {
                let result = try await store.step(active, event, at: Sample.now)
                #expect(result.change == .impossible && result.refusal?.code == .lockdown)
            }
            #expect(try await store.lease(active.id)?.expiresAt == active.expiresAt)
            // It ends as ever.
            let ending = try await store.step(
                active, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            #expect(ending.change == .changed)
        },
        StoreConformance("what a lockdown revokes is ending with its own commit, intents included") { store in
            let creating = try await store.admitted(Sample.admission())
            let active = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let other = try await store.admitted(Sample.admission(database: shop), activeAt: Sample.now)
            let ended = try await store.begin(lockdown(.database(Sample.orders), revokes: true))
            #expect(Set(ended.map(\.id)) == [creating.id, active.id])
            #expect(try await store.lease(active.id)?.state == .revoking)
            #expect(try await store.lease(active.id)?.endReason == .lockdown)
            #expect(try await store.lease(creating.id)?.endReason == .lockdown)
            #expect(try await store.lease(other.id)?.state == .active)
            #expect(try await store.nextDue(Sample.orders, .first) == Sample.now)
            // After a crash at this point they are found as any other.
            #expect(try await store.recover(owner: "broker-1", now: Sample.now) == 2)
            let due = try await store.claimDue(
                Sample.orders, .first, now: Sample.now, limit: 10, claim: Sample.claim())
            #expect(Set(due.map(\.id)) == [creating.id, active.id])
        },
        StoreConformance("32 clients and a lockdown that revokes: whoever comes first, nothing stays active")
        {
            store in
            let admissions = try (0..<32).map { _ in try Sample.admission() }
            let begun = lockdown(revokes: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for admission in admissions {
                    group.addTask {
                        guard case .admitted = try await store.admit(admission), let lease = admission.lease
                        else { return }
                        _ = try await store.step(
                            lease, .made(roleOID: 1, validUntil: lease.expiresAt), at: Sample.now)
                    }
                }
                group.addTask { try await store.begin(begun) }
                try await group.waitForAll()
            }
            let left = try await store.leases(LeaseQuery(limit: 100))
            #expect(left.allSatisfy { $0.state != .active && $0.endReason == .lockdown })
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
    ]

    private static func lockdown(
        _ scope: Lockdown.Scope = .everything, minutes: Double? = nil, revokes: Bool = false
    ) -> Lockdown {
        Lockdown(
            scope: scope, reason: Sample.why, by: admin, since: Sample.now,
            until: minutes.map { Sample.now.addingTimeInterval($0 * 60) }, revokes: revokes)
    }
}

extension StoreConformanceSample {
    fileprivate static let why = Reason(rawValue: "incident 12")!  // a literal that is one
}

extension Store {
    @discardableResult
    fileprivate func begin(_ lockdown: Lockdown) async throws -> [Lease] {
        try await begin(
            lockdown,
            events: [
                AuditEvent(
                    .lockdownOn, lockdown, by: .person(Sample.identity(uid: 1)), reason: lockdown.reason,
                    at: Sample.now)
            ]
        ) { lease in
            LeaseStep(
                lease.id, .ending(.lockdown, attemptAt: Sample.now),
                audit: .lockedDown(lease, lockdown, by: .broker, at: Sample.now))
        }
    }

    fileprivate func end(_ lockdown: Lockdown, _ ending: Lockdown.Ending) async throws -> LockdownEnded? {
        let audit = AuditEvent(.lockdownOff, lockdown, by: .broker, reason: ending.reason, at: ending.at)
        return try await end(lockdown.id, ending, audit: audit)
    }

    /// Why it is not admitted; nil when it is.
    fileprivate func refusal(_ admission: Admission) async throws -> Refusal? {
        if case .overQuota(let refusal) = try await admit(admission) { refusal } else { nil }
    }
}
