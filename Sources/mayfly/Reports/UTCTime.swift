import Foundation

/// Moments in UTC, for what is read somewhere else.
enum UTCTime {
    /// `2026-07-30 12:00:05`
    static func text(_ date: Date) -> String {
        let part = parts(date)
        return "\(part.year ?? 0)-\(two(part.month))-\(two(part.day)) \(two(part.hour)):\(two(part.minute))"
            + ":\(two(part.second))"
    }

    /// `12:00`
    static func clock(_ date: Date, withSeconds: Bool = false) -> String {
        let part = parts(date)
        return "\(two(part.hour)):\(two(part.minute))" + (withSeconds ? ":\(two(part.second))" : "")
    }

    /// `30 Jul`
    static func day(_ date: Date) -> String {
        let part = parts(date)
        return "\(part.day ?? 0) \(month(part))"
    }

    /// `Jul 2026`
    static func month(_ date: Date) -> String {
        let part = parts(date)
        return "\(month(part)) \(part.year ?? 0)"
    }

    static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func month(_ part: DateComponents) -> String {
        let index = (part.month ?? 1) - 1
        return months.indices.contains(index) ? months[index] : ""
    }

    private static func parts(_ date: Date) -> DateComponents {
        calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    }

    private static func two(_ number: Int?) -> String {
        let text = String(number ?? 0)
        return text.count < 2 ? "0\(text)" : text
    }
}
