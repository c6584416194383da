import Foundation
import MayflyAPI

/// Moments as people read them: here, and as short as the day allows.
struct LocalTime {
    var now = Date.now
    var calendar = Calendar.current

    /// `17:30:05` today, `2026-07-31 17:30:05` on any other day.
    func text(_ date: Date) -> String {
        let part = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let time = "\(two(part.hour)):\(two(part.minute)):\(two(part.second))"
        if calendar.isDate(date, inSameDayAs: now) { return time }
        return "\(part.year ?? 0)-\(two(part.month))-\(two(part.day)) \(time)"
    }

    /// `17:30:05 (29m 40s left)`
    func end(_ date: Date) -> String {
        "\(text(date)) (\(HumanTime.left(until: date, now: now)))"
    }

    /// How long a lease has, or that it is over.
    func left(_ lease: Lease) -> String {
        switch lease.state {
        case .revoked, .failed: "over"
        default: HumanTime.left(until: lease.expiresAt, now: now)
        }
    }

    private func two(_ number: Int?) -> String {
        let text = String(number ?? 0)
        return text.count < 2 ? "0\(text)" : text
    }
}
