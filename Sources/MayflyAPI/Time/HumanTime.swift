public import Foundation

/// Durations and times as people write them, and how long is left as people read it.
///
/// ```swift
/// try HumanTime.seconds("1h30m")                       // 5400
/// try HumanTime.seconds("17:30", now: .now)            // until 17:30 here, today or tomorrow
/// HumanTime.duration(seconds: 5400)                    // "1h 30m"
/// ```
public enum HumanTime {
    /// Nothing that a lease or a search could mean is longer: 366 days.
    public static let longest = 366 * 86_400

    private static let units: [(letter: Character, seconds: Int)] = [
        ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]

    /// The seconds in `90s`, `30m`, `1h30m`, `1d`, or from `now` until `17:30` in the calendar's time zone, today or
    /// tomorrow.
    /// - Throws: `HumanTimeError`, whose description says what to write instead.
    public static func seconds(
        _ text: String, now: Date = .now, calendar: Calendar = .current
    ) throws(HumanTimeError) -> Int {
        guard !text.isEmpty else { throw .empty }
        if text.contains(":") { return try secondsUntil(text, now: now, calendar: calendar) }
        return try duration(text)
    }

    private static func duration(_ text: String) throws(HumanTimeError) -> Int {
        guard !text.hasPrefix("-") else { throw .negative(text) }
        var total = 0
        var digits = ""
        var remaining = units[...]
        for character in text where character != " " {
            if character.isASCII, character.isNumber {
                digits.append(character)
                // Longer than any amount below `longest`: stop before the arithmetic could overflow.
                guard digits.count <= 9 else { throw .tooLong(text) }
                continue
            }
            guard let amount = Int(digits),
                let unit = remaining.firstIndex(where: { $0.letter == character })
            else { throw .notADuration(text) }
            total += amount * remaining[unit].seconds
            remaining = remaining[(unit + 1)...]
            digits = ""
        }
        guard digits.isEmpty else { throw total == 0 ? .noUnit(text) : .notADuration(text) }
        guard total > 0 else { throw .zero(text) }
        guard total <= longest else { throw .tooLong(text) }
        return total
    }

    private static func secondsUntil(_ text: String, now: Date, calendar: Calendar) throws(HumanTimeError)
        -> Int
    {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.joined().allSatisfy({ $0.isASCII && $0.isNumber }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { throw .notATime(text) }
        // `.nextTime`: where the clocks skip this time tonight, the moment after the gap is meant.
        guard
            let then = calendar.nextDate(
                after: now, matching: DateComponents(hour: hour, minute: minute, second: 0),
                matchingPolicy: .nextTime)
        else { throw .notATime(text) }
        return max(1, Int(then.timeIntervalSince(now).rounded()))
    }

    /// `5400` as `1h 30m`: the two largest units. Zero and less is `0s`.
    public static func duration(seconds: Int) -> String {
        guard seconds > 0 else { return "0s" }
        var rest = seconds
        var parts: [String] = []
        for unit in units {
            let amount = rest / unit.seconds
            rest %= unit.seconds
            if amount > 0 {
                parts.append("\(amount)\(unit.letter)")
            } else if !parts.isEmpty {
                break
            }
            if parts.count == 2 { break }
        }
        return parts.joined(separator: " ")
    }

    /// How long is left until `end`: `29m 40s left`, or `over since 2m` once it is past.
    public static func left(until end: Date, now: Date) -> String {
        let seconds = Int(end.timeIntervalSince(now).rounded(.up))
        return seconds > 0
            ? "\(duration(seconds: seconds)) left" : "over since \(duration(seconds: max(1, -seconds)))"
    }
}
