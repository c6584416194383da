import Foundation
import MayflyCore
import Testing

/// Which codes count, by the time steps that they fit.
@Suite struct MFAEnrolmentTests {
    private static let now = Date(timeIntervalSince1970: 1_763_734_770)
    private let step = Int64(1_763_734_770 / 30)

    private func active() -> MFAEnrolment {
        var enrolment = MFAEnrolment(
            person: Person(rawValue: "alice"), uid: 1001, user: "alice", createdAt: Self.now, secret: [1])
        #expect(enrolment.confirm([step], attempts: 5, now: Self.now) == .accepted)
        return enrolment
    }

    @Test("A new one takes no code for a call, only its first one, and once")
    func confirming() {
        var enrolment = MFAEnrolment(
            person: Person(rawValue: "alice"), uid: 1001, user: "alice", createdAt: Self.now, secret: [1])
        #expect(enrolment.present([step], attempts: 5, now: Self.now) == .impossible(.pending))
        #expect(enrolment.confirm([], attempts: 5, now: Self.now) == .wrong(left: 4))
        #expect(enrolment.confirm([step], attempts: 5, now: Self.now) == .accepted)
        #expect(enrolment.state == .active)
        #expect(enrolment.confirmedAt == Self.now)
        #expect(enrolment.confirm([step + 1], attempts: 5, now: Self.now) == .impossible(.active))
        // The first code is used up by that.
        #expect(enrolment.present([step], attempts: 5, now: Self.now) == .used)
    }

    @Test("The first code is taken for a quarter of an hour, and what was not confirmed by then never counts")
    func confirmedTooLate() {
        var enrolment = MFAEnrolment(
            person: Person(rawValue: "alice"), uid: 1001, user: "alice", createdAt: Self.now, secret: [1])
        let late = Self.now.addingTimeInterval(901)
        #expect(enrolment.confirm([step + 30], attempts: 5, now: late) == .expired)
        #expect(enrolment.present([step + 30], attempts: 5, now: late) == .impossible(.pending))
        #expect(enrolment.state == .pending && enrolment.failures == 0)
        let inTime = Self.now.addingTimeInterval(900)
        #expect(enrolment.confirm([step + 30], attempts: 5, now: inTime) == .accepted)
    }

    @Test("A code works once; it and all before it are used up, also with the clock set back")
    func once() {
        var enrolment = active()
        #expect(enrolment.present([step + 1], attempts: 5, now: Self.now) == .accepted)
        #expect(enrolment.present([step + 1], attempts: 5, now: Self.now) == .used)
        #expect(enrolment.present([step], attempts: 5, now: Self.now) == .used)
        let yesterday = Self.now.addingTimeInterval(-86_400)
        #expect(enrolment.present([step + 1], attempts: 5, now: yesterday) == .used)
        #expect(enrolment.present([step - 2880], attempts: 5, now: yesterday) == .used)
        // A code that two steps share is good for the later one still.
        #expect(enrolment.present([step + 1, step + 2], attempts: 5, now: Self.now) == .accepted)
        #expect(enrolment.lastStep == step + 2)
    }

    @Test("Used codes are no attempts, wrong ones are, and a right one clears them")
    func attempts() {
        var enrolment = active()
        for _ in 0..<20 { #expect(enrolment.present([step], attempts: 5, now: Self.now) == .used) }
        for left in [4, 3, 2, 1] {
            #expect(enrolment.present([], attempts: 5, now: Self.now) == .wrong(left: left))
        }
        #expect(enrolment.present([step + 1], attempts: 5, now: Self.now) == .accepted)
        #expect(enrolment.present([], attempts: 5, now: Self.now) == .wrong(left: 4))
    }

    @Test("Too many wrong ones lock out, for twice as long each time, and the right one too")
    func lockout() {
        var enrolment = active()
        var now = Self.now
        for seconds in [900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400, 86_400] {
            for _ in 0..<4 { _ = enrolment.present([], attempts: 5, now: now) }
            let until = now.addingTimeInterval(TimeInterval(seconds))
            #expect(enrolment.present([], attempts: 5, now: now) == .lockedOut(until: until))
            let before = until.addingTimeInterval(-0.001)
            #expect(enrolment.present([step + 100_000], attempts: 5, now: before) == .locked(until: until))
            #expect(enrolment.lastStep == step)
            now = until
        }
        #expect(enrolment.present([step + 100_000], attempts: 5, now: now) == .accepted)
        #expect(enrolment.lockouts == 0)
        #expect(enrolment.lockedUntil == nil)
    }

    @Test("Once removed there is no secret, and nothing is taken")
    func removed() {
        var enrolment = active()
        let (first, second) = (enrolment.remove(now: Self.now), enrolment.remove(now: Self.now))
        #expect(first && !second)
        #expect(enrolment.secret == nil)
        #expect(enrolment.present([step + 1], attempts: 5, now: Self.now) == .impossible(.removed))
    }
}
