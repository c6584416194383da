import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let mfa = [
        StoreConformance("an enrolment is read back as it was, by its person or by the uid that made it") {
            store in
            let new = enrolment()
            let active = try await store.enrol(new, events: [Sample.event(.mfaEnrolled)])
            #expect(active == nil)
            #expect(try await store.enrolment(of: holder()) == new)
            #expect(try await store.enrolment(of: holder("alice", uid: 7)) == new)
            #expect(try await store.enrolment(of: holder("alice", uid: nil)) == new)
            // Named otherwise since: it is still the same factor, and no second one is enrolled.
            #expect(try await store.enrolment(of: holder("uid:1001", uid: 1001)) == new)
            #expect(try await store.enrolment(of: holder("bob", uid: 1002)) == nil)
            #expect(try await store.enrolments() == [new])
            #expect(try await last(store) == .mfaEnrolled)
        },
        StoreConformance("one that waits for its first code is replaced; an active one stands in the way") {
            store in
            let (first, second, third) = (enrolment(), enrolment(), enrolment())
            _ = try await store.enrol(first, events: [])
            #expect(try await store.enrol(second, events: [Sample.event(.mfaEnrolled)]) == nil)
            #expect(try await store.enrolment(of: holder()) == second)
            _ = try await present(store, [10], confirming: true)
            let before = try await store.audit(AuditQuery()).count
            #expect(try await store.enrol(third, events: [Sample.event(.mfaEnrolled)])?.id == second.id)
            #expect(try await store.audit(AuditQuery()).count == before)
            // Nor by another name for the same uid, nor by another uid of the person.
            for other in [enrolment("uid:1001"), enrolment(uid: 7)] {
                #expect(try await store.enrol(other, events: [])?.id == second.id)
            }
            #expect(try await store.enrolments().map(\.id) == [second.id])
        },
        StoreConformance("what becomes of a code and its record are one") { store in
            _ = try await store.enrol(enrolment(), events: [])
            #expect(try await present(store, [], confirming: true) == .wrong(left: 1))
            #expect(try await store.enrolment(of: holder())?.failures == 1)
            #expect(try await present(store, [10], confirming: true) == .accepted)
            #expect(try await store.enrolment(of: holder())?.lastStep == 10)
            #expect(try await last(store) == .mfaAccepted)
            let read = try #require(try await store.enrolment(of: holder()))
            #expect(read.confirmedAt == Sample.now && read.lastUsedAt == Sample.now && read.state == .active)
            #expect(try await present(store, []) == .wrong(left: 1))
            let until = Sample.now.addingTimeInterval(900)
            #expect(try await present(store, []) == .lockedOut(until: until))
            #expect(try await store.enrolment(of: holder())?.lockedUntil == until)
            #expect(try await present(store, [11]) == .locked(until: until))
            #expect(try await present(store, [11], of: holder("bob", uid: 1002)) == nil)
        },
        StoreConformance("the same code for many calls at once is taken by one") { store in
            _ = try await store.enrol(enrolment(), events: [])
            _ = try await present(store, [10], confirming: true)
            let outcomes = try await withThrowingTaskGroup(of: MFAEnrolment.Presentation?.self) { group in
                for _ in 0..<32 { group.addTask { try await present(store, [11]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .accepted } == 1)
            #expect(outcomes.count { $0 == .used } == 31)
        },
        StoreConformance("a removed enrolment makes room for another") { store in
            _ = try await store.enrol(enrolment(), events: [])
            let removed = try await store.moveEnrolment(of: holder()) { enrolment in
                MFAMove(enrolment.remove(now: Sample.now), [Sample.event(.mfaReset)])
            }
            #expect(removed == true)
            #expect(try await store.enrolment(of: holder()) == nil)
            let next = enrolment()
            #expect(try await store.enrol(next, events: []) == nil)
            #expect(try await store.enrolments() == [next])
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("all that somebody holds are removed at once, or none where one is another's own") {
            store in
            // As it stands after an edit of `people`: two of one person.
            let (first, second, other) = (
                enrolment(), enrolment("uid:1011", uid: 1011), enrolment("bob", uid: 1002)
            )
            for new in [first, second, other] { _ = try await store.enrol(new, events: []) }
            let held: Set = [holder(), holder("alice", uid: 1011)]
            let remove = { (own: Set<MFAHolder>) in
                try await store.removeEnrolments(of: held, unlessOf: own, now: Sample.now) { enrolment in
                    var event = Sample.event(.mfaReset)
                    event.details["enrolment"] = enrolment.id.rawValue
                    return event
                }
            }
            let before = try await store.audit(AuditQuery()).count
            #expect(try await remove([holder("carol", uid: 1011)]) == second)
            #expect(try await remove([holder("bob", uid: 1002), holder("alice", uid: nil)]) == first)
            #expect(try await store.enrolments() == [first, second, other])
            #expect(try await store.audit(AuditQuery()).count == before)
            for _ in 1...2 { #expect(try await remove([holder("bob", uid: 1002)]) == nil) }
            #expect(try await store.enrolments() == [other])
            let records = try await store.audit(AuditQuery(newest: true)).map(\.event).prefix(2)
            #expect(
                Set(records.map { $0.details["enrolment"] }) == [first.id.rawValue, second.id.rawValue])
            #expect(try await store.audit(AuditQuery()).count == before + 2)
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
    ]

    private static func enrolment(_ person: String = "alice", uid: UInt32 = 1001) -> MFAEnrolment {
        MFAEnrolment(
            person: Person(rawValue: person), uid: uid, user: "user\(uid)", createdAt: Sample.now,
            secret: [1, 0, 255])
    }

    private static func holder(_ person: String = "alice", uid: UInt32? = 1001) -> MFAHolder {
        MFAHolder(person: Person(rawValue: person), uid: uid)
    }

    private static func last(_ store: any Store) async throws -> AuditEvent.Action? {
        try await store.audit(AuditQuery(newest: true, limit: 1)).first?.event.action
    }

    @Sendable private static func present(
        _ store: any Store, _ fitting: [Int64], confirming: Bool = false, of holder: MFAHolder = holder()
    ) async throws -> MFAEnrolment.Presentation? {
        try await store.moveEnrolment(of: holder) { enrolment in
            let presentation =
                confirming
                ? enrolment.confirm(fitting, attempts: 2, now: Sample.now)
                : enrolment.present(fitting, attempts: 2, now: Sample.now)
            return MFAMove(presentation, presentation == .accepted ? [Sample.event(.mfaAccepted)] : [])
        }
    }
}
