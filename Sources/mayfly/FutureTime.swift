import Foundation
import MayflyAPI

/// Moments that lie ahead of us, as people write them.
enum FutureTime {
    /// In `3h`, the next `17:30`, or a moment in ISO 8601.
    static func date(_ text: String, now: Date = .now, calendar: Calendar = .current) throws -> Date {
        if let date = MayflyJSON.date(from: text) { return date }
        return now.addingTimeInterval(
            TimeInterval(try HumanTime.seconds(text, now: now, calendar: calendar)))
    }
}
