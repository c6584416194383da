package import Foundation

/// Tells moments of a log, which are in the server's `log_timezone` with an abbreviation that may stand for several zones.
///
/// Each line says twice when its session began: as such a text, and in `session_id` in seconds since 1970. The difference is the
/// zone's offset then. Over a change to summer time the abbreviation differs, and is known from another session's line; until
/// one has told it, the offset is the session's.
package struct ServerLogClock: Sendable {
    private var offsets: [String: Int64] = [:]

    package init() {}

    /// - Parameter text: `2026-11-30 22:44:22.079 CET`
    package mutating func moment(_ text: String, sessionStart: String?, of backend: LogBackend) -> Date? {
        guard let (local, zone) = Self.read(text) else { return nil }
        if ["UTC", "GMT", "Z"].contains(zone) { return Date(milliseconds: local) }
        guard let sessionStart, let (began, itsZone) = Self.read(sessionStart) else {
            return offsets[zone].map { Date(milliseconds: local - $0) }
        }
        let offset = began - backend.start * 1000
        // Zones are whole minutes, within a day: all else is no zone.
        guard offset % 60_000 == 0, abs(offset) < 86_400_000 else { return nil }
        if offsets.count < 16 || offsets[itsZone] != nil { offsets[itsZone] = offset }
        return Date(milliseconds: local - (zone == itsZone ? offset : offsets[zone] ?? offset))
    }

    /// Milliseconds since 1970 as if it were UTC, and the zone.
    private static func read(_ text: String) -> (Int64, String)? {
        let parts = text.split(separator: " ")
        guard parts.count == 3, parts[2].utf8.count <= 10 else { return nil }
        let date = parts[0].split(separator: "-").compactMap { Int64($0) }
        let clock = parts[1].split(separator: ":")
        guard date.count == 3, clock.count == 3, (1...12).contains(date[1]), (1...31).contains(date[2]),
            (1970...9999).contains(date[0]), let hour = Int64(clock[0]), let minute = Int64(clock[1]),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        let second = clock[2].split(separator: ".", maxSplits: 1)
        guard let whole = second.first.flatMap({ Int64($0) }), (0...60).contains(whole) else { return nil }
        let digits = second.count > 1 ? second[1].prefix(3) : "0"
        guard let fraction = Int64(digits), fraction >= 0 else { return nil }
        let milliseconds = fraction * [1, 100, 10, 1][digits.utf8.count]
        let days = days(date[0], date[1], date[2])
        return (((days * 24 + hour) * 60 + minute) * 60_000 + whole * 1000 + milliseconds, String(parts[2]))
    }

    /// Since 1970-01-01, by the Gregorian calendar (https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
