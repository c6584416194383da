import Foundation

/// Where a picture over time has its marks: at full minutes, hours, days, weeks or months in UTC, few enough to be read.
struct TimeAxis {
    struct Tick: Equatable {
        var at: Date
        var label: String
        /// A new day, where there are several marks a day.
        var isDay = false
    }

    /// More marks than that stand too close.
    static let most = 9

    private static let steps: [TimeInterval] = [
        1, 5, 15, 30, 60, 300, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600,
        86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400,
    ]

    static func ticks(from: Date, to: Date) -> [Tick] {
        let length = to.timeIntervalSince(from)
        guard length > 0 else { return [] }
        guard let step = steps.first(where: { length / $0 <= Double(most) }) else {
            return months(from: from, to: to)
        }
        // Weeks begin on Mondays: 5 January 1970 was one.
        let origin = step >= 7 * 86_400 ? 4 * 86_400.0 : 0
        var moment = ((from.timeIntervalSince1970 - origin) / step).rounded(.up) * step + origin
        var ticks: [Tick] = []
        while moment <= to.timeIntervalSince1970 {
            ticks.append(tick(Date(timeIntervalSince1970: moment), step: step, isFirst: ticks.isEmpty))
            moment += step
        }
        return ticks
    }

    private static func tick(_ at: Date, step: TimeInterval, isFirst: Bool) -> Tick {
        if step >= 86_400 { return Tick(at: at, label: UTCTime.day(at)) }
        let isMidnight = Int(at.timeIntervalSince1970) % 86_400 == 0
        if isMidnight { return Tick(at: at, label: UTCTime.day(at), isDay: true) }
        let clock = UTCTime.clock(at, withSeconds: step < 60)
        return Tick(at: at, label: isFirst ? "\(UTCTime.day(at)) \(clock)" : clock)
    }

    private static func months(from: Date, to: Date) -> [Tick] {
        let calendar = UTCTime.calendar
        let length = to.timeIntervalSince(from) / (30 * 86_400)
        let step = [1, 2, 3, 6, 12, 24, 60, 120].first { length / Double($0) <= Double(most) } ?? 1200
        let start = calendar.dateComponents([.year, .month], from: from)
        // Of twelve, so that a quarter begins in January.
        let first = ((start.month ?? 1) - 1) / step * step
        var ticks: [Tick] = []
        for index in 0...(most + 2) {
            let parts = DateComponents(year: (start.year ?? 1970), month: first + 1 + index * step, day: 1)
            guard let at = calendar.date(from: parts), at <= to else { break }
            if at >= from { ticks.append(Tick(at: at, label: UTCTime.month(at))) }
        }
        return ticks
    }
}
