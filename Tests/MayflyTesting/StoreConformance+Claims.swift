import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let claims = [
        StoreConformance("an active lease past its end is claimed, revoking from then on, with a record") {
            store in
            let lease = try await store.admitted(Sample.admission(seconds: 60), activeAt: Sample.now)
            let end = lease.expiresAt
            let early = end.addingTimeInterval(-0.001)
            #expect(
                try await store.claimDue(Sample.orders, .first, now: early, limit: 9, claim: Sample.claim())
                    == [])
            let due = try await store.claimDue(
                Sample.orders, .first, now: end, limit: 9, claim: Sample.claim())
            #expect(due.map(\.id) == [lease.id])
            #expect(due.first?.state == .revoking)
            #expect(due.first?.endReason == .expired)
            #expect(try await store.lease(lease.id) == due.first)
            let last = try #require(try await store.audit(AuditQuery(newest: true, limit: 1)).first)
            #expect(last.event.action == .leaseRevoking)
            #expect(last.event.subject == .init(of: lease))
            #expect(last.event.actor == .broker)
        },
        StoreConformance("a claim keeps others off until it ends, and is taken over then") { store in
            let lease = try await store.admitted(Sample.admission(seconds: 60), activeAt: Sample.now)
            let now = lease.expiresAt.addingTimeInterval(5)
            let until = now.addingTimeInterval(30)
            let first = Sample.claim("broker-1", until: until)
            #expect(
                try await store.claimDue(Sample.orders, .first, now: now, limit: 9, claim: first).count == 1)
            for owner in ["broker-1", "broker-2"] {
                let other = Sample.claim(owner, until: until.addingTimeInterval(60))
                let early = until.addingTimeInterval(-0.001)
                #expect(
                    try await store.claimDue(Sample.orders, .first, now: early, limit: 9, claim: other) == [])
                #expect(try await store.claim([lease.id], now: early, claim: other) == [])
            }
            #expect(try await store.nextDue(Sample.orders, .first) == until)
            let second = Sample.claim("broker-2", until: until.addingTimeInterval(60))
            let taken = try await store.claimDue(Sample.orders, .first, now: until, limit: 9, claim: second)
            #expect(taken.map(\.id) == [lease.id])
        },
        StoreConformance("due leases are claimed oldest first, no more than the limit, of one database") {
            store in
            var leases: [Lease] = []
            for seconds in [300, 100, 200] {
                leases.append(
                    try await store.admitted(Sample.admission(seconds: seconds), activeAt: Sample.now))
            }
            let elsewhere = DatabaseName(unchecked: "stock")
            _ = try await store.admitted(
                Sample.admission(database: elsewhere, seconds: 50), activeAt: Sample.now)
            let now = Sample.now.addingTimeInterval(1000)
            let claim = Sample.claim(until: now.addingTimeInterval(60))
            // Looking changes nothing.
            let waiting = try await store.due(Sample.orders, .first, now: now, limit: 2)
            #expect(waiting.map(\.id) == [leases[1].id, leases[2].id])
            #expect(waiting.map(\.state) == [.active, .active])
            #expect(try await store.due(Sample.orders, .again, now: now, limit: 2) == [])
            let first = try await store.claimDue(Sample.orders, .first, now: now, limit: 2, claim: claim)
            #expect(first.map(\.id) == [leases[1].id, leases[2].id])
            let rest = try await store.claimDue(Sample.orders, .first, now: now, limit: 2, claim: claim)
            #expect(rest.map(\.id) == [leases[0].id])
            #expect(try await store.claimDue(Sample.orders, .first, now: now, limit: 2, claim: claim) == [])
            #expect(try await store.claimDue(elsewhere, .first, now: now, limit: 0, claim: claim) == [])
            #expect(try await store.due(Sample.orders, .first, now: now, limit: 2) == [])
        },
        StoreConformance(
            "creating, revoking and locked leases are claimed at their next attempt, as they are"
        ) { store in
            let creating = try await store.admitted(Sample.admission(settle: 10))
            let revoking = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let locked = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let obstacle = Lease.Obstacle(message: "owns a table")
            let at = { (seconds: TimeInterval) in Sample.now.addingTimeInterval(seconds) }
            _ = try await store.step(revoking, .ending(.revoked, attemptAt: at(20)), at: Sample.now)
            _ = try await store.step(locked, .ending(.revoked, attemptAt: at(0)), at: Sample.now)
            _ = try await store.step(locked, .dropRefused(obstacle, nextAttemptAt: at(30)), at: Sample.now)
            let records = try await store.audit(AuditQuery()).count
            let order = [
                (10.0, creating, Lease.State.creating), (20, revoking, .revoking), (30, locked, .locked),
            ]
            for (second, lease, state) in order {
                let attempt = state == .locked ? Attempt.again : .first
                #expect(try await store.nextDue(Sample.orders, attempt) == at(second))
                let claim = Sample.claim(until: at(100))
                // What failed before and what did not are claimed apart.
                let other = attempt == .again ? Attempt.first : .again
                #expect(
                    try await store.claimDue(
                        Sample.orders, other, now: at(second), limit: 9, claim: claim
                    ).isEmpty)
                let due = try await store.claimDue(
                    Sample.orders, attempt, now: at(second), limit: 9, claim: claim)
                #expect(due.map(\.id) == [lease.id])
                #expect(due.first?.state == state)
            }
            #expect(try await store.audit(AuditQuery()).count == records)
        },
        StoreConformance("claiming by id needs nothing to be due, and passes over what has ended") { store in
            let active = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let revoking = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let ended = try await store.admitted(Sample.admission())
            let later = Sample.now.addingTimeInterval(3600)
            _ = try await store.step(revoking, .ending(.revoked, attemptAt: later), at: Sample.now)
            _ = try await store.step(ended, .undone, at: Sample.now)
            let ids = [ended.id, revoking.id, LeaseID(), active.id]
            let claimed = try await store.claim(ids, now: Sample.now, claim: Sample.claim())
            #expect(claimed.map(\.id) == [revoking.id, active.id])
            #expect(claimed.map(\.state) == [.revoking, .active])
            #expect(try await store.claim(ids, now: Sample.now, claim: Sample.claim("broker-2")) == [])
        },
        StoreConformance("a step that changes a lease releases its claim, asking again for its end does not")
        { store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let ending = Lease.Event.ending(.revoked, attemptAt: Sample.now)
            _ = try await store.step(lease, ending, at: Sample.now)
            let claim = Sample.claim()
            #expect(
                try await store.claimDue(Sample.orders, .first, now: Sample.now, limit: 9, claim: claim).count
                    == 1)
            #expect(try await store.step(lease, ending, at: Sample.now).change == .already)
            #expect(
                try await store.claimDue(Sample.orders, .first, now: Sample.now, limit: 9, claim: claim) == []
            )
            let next = Sample.now.addingTimeInterval(1)
            let failed = Lease.Event.attemptFailed(.init(message: "down"), nextAttemptAt: next)
            #expect(try await store.step(lease, failed, at: Sample.now).change == .changed)
            #expect(
                try await store.claimDue(Sample.orders, .again, now: Sample.now, limit: 9, claim: claim) == []
            )
            #expect(
                try await store.claimDue(Sample.orders, .again, now: next, limit: 9, claim: claim).count == 1)
        },
        StoreConformance("claims that race never give one lease to two") { store in
            for _ in 0..<30 {
                _ = try await store.admitted(Sample.admission(seconds: 1), activeAt: Sample.now)
            }
            let now = Sample.now.addingTimeInterval(10)
            let claimed = try await withThrowingTaskGroup(of: [LeaseID].self) { group in
                for worker in 0..<10 {
                    group.addTask {
                        let claim = Sample.claim("broker-\(worker)", until: now.addingTimeInterval(60))
                        return try await store.claimDue(
                            Sample.orders, .first, now: now, limit: 5, claim: claim
                        ).map(
                            \.id)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 30)
            #expect(Set(claimed).count == 30)
        },
        StoreConformance("recovering forgets the owner's claims and makes unfinished work due") { store in
            let at = { (seconds: TimeInterval) in Sample.now.addingTimeInterval(seconds) }
            let creating = try await store.admitted(Sample.admission(settle: 500))
            let mine = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let others = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let active = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let ended = try await store.admitted(Sample.admission())
            _ = try await store.step(ended, .undone, at: Sample.now)
            for lease in [mine, others] {
                _ = try await store.step(lease, .ending(.revoked, attemptAt: at(500)), at: Sample.now)
            }
            _ = try await store.claim([mine.id], now: Sample.now, claim: Sample.claim("me", until: at(900)))
            _ = try await store.claim(
                [others.id], now: Sample.now, claim: Sample.claim("you", until: at(900)))
            #expect(try await store.recover(owner: "me", now: at(5)) == 3)
            #expect(try await store.nextDue(Sample.orders, .first) == at(5))
            let claim = Sample.claim("me", until: at(900))
            let due = try await store.claimDue(Sample.orders, .first, now: at(5), limit: 9, claim: claim)
            #expect(Set(due.map(\.id)) == [creating.id, mine.id])
            #expect(try await store.lease(active.id) == active)
            #expect(try await store.lease(ended.id)?.state == .failed)
        },
        StoreConformance("nothing is due where nothing lives") { store in
            #expect(try await store.nextDue(Sample.orders, .first) == nil)
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            #expect(try await store.nextDue(Sample.orders, .first) == lease.expiresAt)
            #expect(try await store.nextDue(DatabaseName(unchecked: "stock"), .first) == nil)
            _ = try await store.step(lease, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            _ = try await store.step(lease, .gone, at: Sample.now)
            #expect(try await store.nextDue(Sample.orders, .first) == nil)
            let claim = Sample.claim()
            #expect(
                try await store.claimDue(Sample.orders, .first, now: .distantFuture, limit: 9, claim: claim)
                    == [])
        },
    ]
}
