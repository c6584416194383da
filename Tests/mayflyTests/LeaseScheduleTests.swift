import Foundation
import Testing

@testable import mayfly

@Suite struct LeaseScheduleTests {
    static let start = Date(timeIntervalSince1970: 1_785_412_800)

    private func at(_ seconds: TimeInterval) -> Date { Self.start.addingTimeInterval(seconds) }

    private func schedule(_ term: TimeInterval, latest: TimeInterval) -> LeaseSchedule {
        LeaseSchedule(now: Self.start, term: term, expires: at(term), latest: at(latest))
    }

    @Test func `a lease is renewed at half its term, for its term`() {
        var schedule = schedule(1800, latest: 7200)
        #expect(schedule.next(at(0)) == .wait(until: at(900)))
        #expect(schedule.next(at(900)) == .renew(ttlSeconds: 1800))
        schedule.update(now: at(900), expires: at(2700), latest: at(7200))
        #expect(schedule.next(at(901)) == .wait(until: at(1800)))
    }

    @Test func `never for longer than its maximum, and there it ends with warnings`() {
        var schedule = schedule(1800, latest: 2400)
        #expect(schedule.next(at(900)) == .renew(ttlSeconds: 1500))
        schedule.update(now: at(900), expires: at(2400), latest: at(2400))
        #expect(schedule.next(at(901)) == .wait(until: at(2100)))
        #expect(schedule.next(at(2100)) == .warn(end: at(2400)))
        #expect(schedule.next(at(2100)) == .wait(until: at(2340)))
        #expect(schedule.next(at(2340)) == .warn(end: at(2400)))
        #expect(schedule.next(at(2341)) == .wait(until: at(2390)))
        #expect(schedule.next(at(2390)) == .warn(end: at(2400)))
        #expect(schedule.next(at(2400)) == .over)
    }

    @Test func `a short lease is not warned about at its beginning`() {
        var schedule = schedule(12, latest: 12)
        #expect(schedule.next(at(0)) == .wait(until: at(12)))
        var minute = self.schedule(90, latest: 90)
        #expect(minute.next(at(0)) == .wait(until: at(80)))
    }

    @Test func `warnings that were slept through are given once`() {
        var schedule = schedule(3600, latest: 3600)
        #expect(schedule.next(at(3595)) == .warn(end: at(3600)))
        #expect(schedule.next(at(3596)) == .wait(until: at(3600)))
    }

    @Test func `a renewal that fails is tried again, sooner towards the end, and the real end is warned of`()
    {
        var schedule = schedule(600, latest: 3600)
        #expect(schedule.next(at(300)) == .renew(ttlSeconds: 600))
        schedule.failed(now: at(300))
        #expect(schedule.next(at(300)) == .warn(end: at(600)))
        #expect(schedule.next(at(301)) == .wait(until: at(330)))
        #expect(schedule.next(at(330)) == .renew(ttlSeconds: 600))
        schedule.failed(now: at(598))
        #expect(schedule.next(at(598)) == .warn(end: at(600)))
        #expect(schedule.next(at(598.1)) == .wait(until: at(598.5)))
        schedule.update(now: at(599), expires: at(1199), latest: at(3600))
        #expect(schedule.next(at(599)) == .wait(until: at(899)))
    }

    @Test func `what is left below a second is not asked for`() {
        var schedule = LeaseSchedule(now: Self.start, term: 10, expires: at(10), latest: at(10.4))
        #expect(schedule.next(at(5)) == .wait(until: at(10)))
    }
}
