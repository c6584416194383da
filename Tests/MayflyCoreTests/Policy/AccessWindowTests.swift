import Foundation
import MayflyCore
import Testing

@Suite("Windows")
struct AccessWindowTests {
    static func at(_ text: String) -> Date {
        (try? Date(text, strategy: .iso8601)) ?? .distantPast
    }

    private static let workdays: Set<AccessWindow.Weekday> = [.mon, .tue, .wed, .thu, .fri]
    private static let office = AccessWindow(days: workdays, from: 8 * 60, to: 18 * 60)
    private static let friday = AccessWindow(days: [.fri], from: 22 * 60, to: 6 * 60)
    private static let nights = AccessWindow(from: 22 * 60, to: 6 * 60)
    private static let sunday = AccessWindow(days: [.sun], from: 2 * 60 + 15, to: 2 * 60 + 45)

    // 2026-01-02 is a Friday; in Berlin the clocks go forward on 29 March, and back on 25 October.
    @Test(
        "A window is open by the wall clock of its zone",
        arguments: [
            (office, "2026-01-02T07:00:00Z", true, "08:00 in Berlin, the first moment"),
            (office, "2026-01-02T06:59:59Z", false, "a second before"),
            (office, "2026-01-02T16:59:59Z", true, "the last second"),
            (office, "2026-01-02T17:00:00Z", false, "18:00 is past"),
            (office, "2026-01-03T11:00:00Z", false, "Saturday"),
            (office, "2026-07-03T06:00:00Z", true, "08:00 in summer is another moment"),
            (office, "2026-07-03T05:59:59Z", false, "a second before, in summer"),
            (friday, "2026-01-02T21:00:00Z", true, "Friday 22:00"),
            (friday, "2026-01-02T23:30:00Z", true, "Saturday 00:30 belongs to Friday's window"),
            (friday, "2026-01-03T04:59:59Z", true, "Saturday 05:59:59"),
            (friday, "2026-01-03T05:00:00Z", false, "Saturday 06:00"),
            (friday, "2026-01-01T23:30:00Z", false, "Friday 00:30 belongs to Thursday"),
            (friday, "2026-01-03T21:00:00Z", false, "Saturday 22:00"),
            (nights, "2025-12-31T23:00:00Z", true, "midnight of New Year"),
            (nights, "2026-03-29T03:59:59Z", true, "05:59:59 on the short night"),
            (nights, "2026-03-29T04:00:00Z", false, "06:00 after the short night"),
            (nights, "2026-10-25T04:59:59Z", true, "05:59:59 on the long night"),
            (nights, "2026-10-25T05:00:00Z", false, "06:00 after the long night"),
            (sunday, "2026-03-29T00:59:59Z", false, "01:59:59; the next second is 03:00"),
            (sunday, "2026-03-29T01:00:00Z", false, "03:00: 02:15 to 02:45 never came"),
            (sunday, "2026-10-25T00:30:00Z", true, "02:30 for the first time"),
            (sunday, "2026-10-25T01:30:00Z", true, "02:30 once more"),
            (sunday, "2026-10-25T02:30:00Z", false, "03:30"),
            (AccessWindow(), "2026-10-25T00:59:59Z", true, "all day, every day"),
            (AccessWindow(days: [.thu]), "1969-12-31T23:30:00Z", true, "before 1970 there were hours too"),
        ] as [(AccessWindow, String, Bool, String)])
    func open(_ window: AccessWindow, _ moment: String, _ isOpen: Bool, _ story: String) throws {
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        #expect(window.contains(Self.at(moment), in: berlin) == isOpen, "\(story)")
    }

    @Test(
        "A window says what it is",
        arguments: [
            (office, "mon–fri 08:00–18:00"), (friday, "fri 22:00–06:00"),
            (AccessWindow(), "daily 00:00–24:00"),
            (AccessWindow(days: [.mon, .wed, .thu]), "mon,wed,thu 00:00–24:00"),
        ])
    func text(_ window: AccessWindow, _ text: String) {
        #expect(window.description == text)
    }
}
