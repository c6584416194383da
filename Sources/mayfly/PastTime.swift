import Foundation
import MayflyAPI

/// Moments that lie behind us, as people write them.
enum PastTime {
    /// `1h` ago, the last `17:30`, or a moment in ISO 8601.
    static func date(_ text: String, now: Date = .now, calendar: Calendar = .current) throws -> Date {
        if let date = MayflyJSON.date(from: text) { return date }
        let seconds = try HumanTime.seconds(text, now: now, calendar: calendar)
        guard text.contains(":") else { return now.addingTimeInterval(-TimeInterval(seconds)) }
        let next = now.addingTimeInterval(TimeInterval(seconds))
        return calendar.date(byAdding: .day, value: -1, to: next) ?? next.addingTimeInterval(-86_400)
    }
}
