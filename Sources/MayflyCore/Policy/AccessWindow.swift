package import Foundation

/// When a rule is open: hours of some weekdays, on the clocks of a time zone.
///
/// A window whose end is not after its beginning goes over midnight and belongs to the day on which it begins: `fri
/// 22:00–06:00` ends on Saturday morning. Clocks are taken as they stand on the wall: what they skip in spring never
/// comes, what they repeat in autumn is open twice.
package struct AccessWindow: Hashable, Sendable, CustomStringConvertible {
    package enum Weekday: Int, Hashable, Sendable, CaseIterable, Comparable {
        case mon, tue, wed, thu, fri, sat, sun

        package init?(_ name: String) {
            guard let day = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
            self = day
        }

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
        var before: Weekday { Weekday(rawValue: (rawValue + 6) % 7) ?? .mon }
    }

    package let days: Set<Weekday>
    /// Minutes since midnight, 0 to 1439.
    package let from: Int
    /// Minutes since midnight, 0 to 1440; the window is open before it, and no longer at it.
    package let to: Int

    package init(days: Set<Weekday> = Set(Weekday.allCases), from: Int = 0, to: Int = 1440) {
        self.days = days
        self.from = from
        self.to = to
    }

    package func contains(_ now: Date, in zone: TimeZone) -> Bool {
        let local = Int(
            (now.timeIntervalSince1970 + TimeInterval(zone.secondsFromGMT(for: now))).rounded(.down))
        let (day, second) = local.flooredDivision(by: 86_400)
        // 1 January 1970 was a Thursday.
        guard let today = Weekday(rawValue: (day + 3).flooredDivision(by: 7).remainder) else { return false }
        let minute = second / 60
        if from < to { return days.contains(today) && (from..<to).contains(minute) }
        return days.contains(today) && minute >= from || days.contains(today.before) && minute < to
    }

    /// `mon–fri 08:00–18:00`
    package var description: String { "\(Self.text(days)) \(Self.clock(from))–\(Self.clock(to))" }

    private static func text(_ days: Set<Weekday>) -> String {
        if days.count == 7 { return "daily" }
        var runs: [[Weekday]] = []
        for day in days.sorted() {
            if let last = runs.last?.last, last.rawValue + 1 == day.rawValue {
                runs[runs.count - 1].append(day)
            } else {
                runs.append([day])
            }
        }
        return runs.flatMap { run in
            run.count > 2 ? ["\(run[0])–\(run[run.count - 1])"] : run.map { "\($0)" }
        }.joined(separator: ",")
    }

    private static func clock(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}

extension Int {
    /// Days before 1970 count down, and still have hours from 0 to 23.
    fileprivate func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
