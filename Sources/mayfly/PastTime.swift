import Foundation
import MayflyAPI

/// Moments that lie behind us, as people write them.
enum PastTime {
    /// `1h` ago, the last `17:30`, the beginning of a day here (`2026-07-30`), or a moment in ISO 8601.
    static func date(_ text: String, now: Date = .now, calendar: Calendar = .current) throws -> Date {
        if let date = MayflyJSON.date(from: text) { return date }
        if let day = day(text, calendar) { return day }
        let seconds = try HumanTime.seconds(text, now: now, calendar: calendar)
        guard text.contains(":") else { return now.addingTimeInterval(-TimeInterval(seconds)) }
        let next = now.addingTimeInterval(TimeInterval(seconds))
        return calendar.date(byAdding: .day, value: -1, to: next) ?? next.addingTimeInterval(-86_400)
    }

    /// The beginning of `2026-07-30`; nil for what is no day.
    private static func day(_ text: String, _ calendar: Calendar) -> Date? {
        let digits = text.split(separator: "-", omittingEmptySubsequences: false)
        guard digits.map(\.count) == [4, 2, 2],
            digits.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let year = Int(digits[0]), let month = Int(digits[1]), let day = Int(digits[2])
        else { return nil }
        let parts = DateComponents(year: year, month: month, day: day)
        // The 31st of February is none.
        guard let date = calendar.date(from: parts),
            calendar.dateComponents([.year, .month, .day], from: date) == parts
        else { return nil }
        return date
    }
}
