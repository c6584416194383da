import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

/// What requests can race for, and what a history says.
extension StoreConformance {
    private static let write = ProfileName(unchecked: "orders-write")
    private static let alice = Person(rawValue: "alice")

    static let limits = [
        StoreConformance("32 clients with several accounts of one person race for one place: one wins it") {
            store in
            let quota = Quota(perPerson: 1, total: 100)
            let admissions = try (0..<32).map {
                try Sample.admission(uid: UInt32(2000 + $0), person: alice, quota: quota)
            }
            #expect(try await store.race(admissions) == 1)
            #expect(try await store.leases(LeaseQuery()).count == 1)
        },
        StoreConformance(
            "32 clients race for the last requests of an hour: no more get in than the rule takes"
        ) {
            store in
            let admissions = try (0..<32).map { _ in
                try Sample.admission(person: alice, limits: hourly(5))
            }
            #expect(try await store.race(admissions) == 5)
            // Those that were refused are not held against anybody.
            let query = HistoryQuery(
                Identities(alice), profile: Sample.read, now: Sample.now, wantsRequestsInHour: true)
            #expect(try await store.history(query).requestsInHour == ["developers read orders": 5])
        },
        StoreConformance("requests count for an hour, and for another person or rule not at all") { store in
            _ = try await store.admitted(Sample.admission(person: alice, limits: hourly(1)))
            let later = Sample.now.addingTimeInterval(3599)
            #expect(
                try await store.code(Sample.admission(person: alice, at: later, limits: hourly(1)))
                    == .tooManyRequests)
            #expect(try await store.code(Sample.admission(uid: 7, at: later, limits: hourly(1))) == nil)
            let hour = Sample.now.addingTimeInterval(3600)
            #expect(try await store.code(Sample.admission(person: alice, at: hour, limits: hourly(1))) == nil)
            // The clock was set back: what lies ahead is recent.
            let back = Sample.now.addingTimeInterval(-7200)
            #expect(
                try await store.code(Sample.admission(person: alice, at: back, limits: hourly(1)))
                    == .tooManyRequests)
            #expect(
                try await store.code(Sample.admission(person: alice, at: later, limits: hourly(1, "another")))
                    == nil)
        },
        StoreConformance("clients that race for two profiles in conflict get one of them") { store in
            let admissions = try (0..<32).map { number in
                let profile = number.isMultiple(of: 2) ? Sample.read : write
                return try Sample.admission(person: alice, profile: profile, limits: conflicting(profile))
            }
            _ = try await store.race(admissions)
            #expect(Set(try await store.leases(LeaseQuery()).map(\.profile)).count == 1)
        },
        StoreConformance("a conflict holds while the other is held or revoked, and for its time afterwards") {
            store in
            let first = try await store.admitted(
                Sample.admission(person: alice, limits: conflicting(Sample.read)), activeAt: Sample.now)
            func ask(_ hours: Double, _ person: Person = alice) async throws -> Refusal.Code? {
                try await store.code(
                    Sample.admission(
                        uid: person == alice ? 1001 : 1002, person: person, profile: write,
                        at: Sample.now.addingTimeInterval(hours * 3600),
                        limits: conflicting(write)))
            }
            #expect(try await ask(1) == .conflictingDuties)
            #expect(try await ask(1, Person(rawValue: "bob")) == nil)
            _ = try await store.step(first, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            #expect(try await ask(1) == .conflictingDuties)
            let end = Sample.now.addingTimeInterval(3600)
            _ = try await store.step(first, .gone, at: end)
            #expect(try await ask(4.99) == .conflictingDuties)
            #expect(try await ask(-20) == .conflictingDuties)
            #expect(try await ask(5.01) == nil)
        },
        StoreConformance("a lease that failed gave nothing, and conflicts with nothing") { store in
            let failed = try await store.admitted(
                Sample.admission(person: alice, limits: conflicting(Sample.read)))
            _ = try await store.step(failed, .undone, at: Sample.now)
            let other = try Sample.admission(person: alice, profile: write, limits: conflicting(write))
            #expect(try await store.code(other) == nil)
        },
        StoreConformance(
            "what an account did before it got its person's name counts, and so does what the person's others did"
        ) { store in
            let quota = Quota(perPerson: 2, total: 100)
            // uid 1001 and the user of uid 1002 by themselves, and uid 1002 as somebody else.
            _ = try await store.admitted(Sample.admission(uid: 1001), activeAt: Sample.now)
            _ = try await store.admitted(Sample.admission(uid: 1002, person: Person(rawValue: "al")))
            func named(_ keys: Set<String>, _ users: Set<String> = []) throws -> Admission {
                var admission = try Sample.admission(
                    uid: 1003, person: alice, limits: hourly(1, quota: quota))
                admission.identities = Identities(alice, keys: keys, users: users)
                return admission
            }
            #expect(try await store.code(named(["uid:1003"])) == nil)
            #expect(try await store.code(named(["uid:1003", "uid:1001"])) == .tooManyRequests)
            #expect(try await store.code(named(["uid:1003"], ["user1002"])) == .tooManyRequests)
            #expect(try await store.code(named(["uid:1003"], ["user1009"])) == .tooManyRequests)
            // A token that was brought over a user's socket is not that user.
            let query = HistoryQuery(
                Identities(alice, keys: ["uid:1001"], users: ["user1002"]), profile: Sample.read,
                now: Sample.now, conflictsWithin: 3600, wantsRequestsInHour: true, wantsEarlier: true)
            let history = try await store.history(query)
            #expect(history.held.reduce(0) { $0 + $1.count } == 3)
            #expect(history.requestsInHour == [developers: 3])
            // Those that were refused were asked for too.
            #expect(history.earlier.count == 6)
            let leases = try await store.leases(
                LeaseQuery(identities: query.identities, states: [.creating, .active]))
            #expect(leases.map(\.requester.uid) == [1003, 1002, 1001])
            #expect(try await store.leases(LeaseQuery(identities: Identities(alice))).count == 1)
        },
        StoreConformance("a history before a request has nothing of it, nor of what came after") { store in
            let admissions = try (0..<3).map { _ in try Sample.admission(person: alice) }
            for admission in admissions { _ = try await store.admitted(admission, activeAt: Sample.now) }
            let query = HistoryQuery(
                Identities(alice), profile: Sample.read, now: Sample.now, wantsRequestsInHour: true,
                wantsEarlier: true, before: admissions[1].request.id)
            let history = try await store.history(query)
            #expect(history.earlier.map(\.id) == [admissions[0].request.id])
            #expect(history.requestsInHour == [developers: 1])
        },
        StoreConformance("a history says what the person holds, held and asked, and nothing of others") {
            store in
            let first = try await store.admitted(Sample.admission(person: alice), activeAt: Sample.now)
            _ = try await store.admitted(Sample.admission(uid: 2, person: alice, profile: write))
            _ = try await store.admitted(Sample.admission(uid: 3), activeAt: Sample.now)
            let ended = try await store.admitted(Sample.admission(person: alice), activeAt: Sample.now)
            _ = try await store.step(ended, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            let end = Sample.now.addingTimeInterval(60)
            _ = try await store.step(ended, .gone, at: end)
            let query = HistoryQuery(
                Identities(alice), profile: Sample.read, now: end, conflictsWithin: 3600,
                wantsRequestsInHour: true,
                wantsEarlier: true)
            let history = try await store.history(query)
            #expect(
                Set(history.held.map { "\($0.profile) \($0.count)" }) == ["orders-read 1", "orders-write 1"])
            #expect(history.ended == [Sample.read: Date(milliseconds: end.milliseconds)])
            #expect(history.activeInAll == 2)
            #expect(history.requestsInHour == [first.rule: 3])
            #expect(history.earlier.map(\.result) == [.issued, .issued])
            #expect(history.earlier.map(\.ttl?.seconds) == [1800, 1800])
            let stranger = try await store.history(
                HistoryQuery(
                    Identities(Person(rawValue: "nobody")), profile: Sample.read, now: end,
                    conflictsWithin: 3600,
                    wantsRequestsInHour: true, wantsEarlier: true))
            #expect(stranger == History(activeInAll: 2))
        },
    ]

    private static let developers = "developers read orders"

    private static func hourly(
        _ count: Int, _ rule: String = developers, quota: Quota = Quota(perPerson: 1000, total: 1000)
    ) -> AdmissionLimits {
        AdmissionLimits(profile: Sample.read, quota: quota, rule: rule, requestsPerHour: count)
    }

    private static func conflicting(_ profile: ProfileName) -> AdmissionLimits {
        AdmissionLimits(
            profile: profile, quota: Quota(perPerson: 1000, total: 1000),
            conflicts: [Conflict(name: "duties", profiles: [Sample.read, write], within: 4 * 3600)])
    }
}

extension Lease {
    /// That of all samples.
    fileprivate var rule: String { "developers read orders" }
}

extension Store {
    /// How many of those that come at once are admitted.
    fileprivate func race(_ admissions: [Admission]) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for admission in admissions {
                group.addTask {
                    if case .admitted = try await self.admit(admission) { true } else { false }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    /// Why it is not admitted; nil when it is.
    fileprivate func code(_ admission: Admission) async throws -> Refusal.Code? {
        if case .overQuota(let refusal) = try await admit(admission) { refusal.code } else { nil }
    }
}
