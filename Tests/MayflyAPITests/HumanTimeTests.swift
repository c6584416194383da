import Foundation
import MayflyAPI
import Testing

@Suite struct HumanTimeTests {
    @Test(arguments: [
        ("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1h 30m", 5400), ("1d", 86_400),
        ("1d2h3m4s", 93_784), ("007m", 420),
    ])
    func `a duration is read`(text: String, seconds: Int) throws {
        #expect(try HumanTime.seconds(text) == seconds)
    }

    @Test(arguments: [
        ("", HumanTimeError.empty), ("30", .noUnit("30")), ("0m", .zero("0m")), ("0h0m", .zero("0h0m")),
        ("-5m", .negative("-5m")), ("400d", .tooLong("400d")),
        ("99999999999999999999m", .tooLong("99999999999999999999m")), ("m", .notADuration("m")),
        ("5x", .notADuration("5x")), ("30m1h", .notADuration("30m1h")), ("1h1h", .notADuration("1h1h")),
        ("1h30", .notADuration("1h30")), ("1.5h", .notADuration("1.5h")), ("٣m", .notADuration("٣m")),
        ("24:00", .notATime("24:00")), ("7:5", .notATime("7:5")), ("12:60", .notATime("12:60")),
        ("12:30:00", .notATime("12:30:00")), ("::", .notATime("::")), ("-1:30", .notATime("-1:30")),
    ])
    func `what is no duration is refused`(text: String, error: HumanTimeError) {
        #expect(throws: error) { try HumanTime.seconds(text) }
    }

    @Test func `a time of day is today's or tomorrow's`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let noon = try #require(
            calendar.date(from: DateComponents(year: 2026, month: 7, day: 30, hour: 12)))
        #expect(try HumanTime.seconds("17:30", now: noon, calendar: calendar) == 5 * 3600 + 1800)
        #expect(try HumanTime.seconds("12:00", now: noon, calendar: calendar) == 86_400)
        #expect(try HumanTime.seconds("9:15", now: noon, calendar: calendar) == 21 * 3600 + 900)
        // The night in which the clocks go forward has 23 hours.
        let evening = try #require(
            calendar.date(from: DateComponents(year: 2026, month: 3, day: 28, hour: 20)))
        #expect(try HumanTime.seconds("06:00", now: evening, calendar: calendar) == 9 * 3600)
    }

    @Test(arguments: [
        (-5, "0s"), (0, "0s"), (40, "40s"), (1780, "29m 40s"), (5400, "1h 30m"), (3600, "1h"), (3605, "1h"),
        (90_061, "1d 1h"),
    ])
    func `a duration is written with its two largest units`(seconds: Int, text: String) {
        #expect(HumanTime.duration(seconds: seconds) == text)
    }

    @Test func `what is left is told, and what is over`() {
        let now = Samples.now
        #expect(HumanTime.left(until: now.addingTimeInterval(1779.5), now: now) == "29m 40s left")
        #expect(HumanTime.left(until: now, now: now) == "over since 1s")
        #expect(HumanTime.left(until: now.addingTimeInterval(-120), now: now) == "over since 2m")
    }

    @Test func `an error repeats no control characters and no novels`() {
        let error = HumanTimeError.notADuration("\u{1B}[2J" + String(repeating: "x", count: 1000))
        #expect(!error.description.contains("\u{1B}"))
        #expect(error.description.count < 200)
    }
}
