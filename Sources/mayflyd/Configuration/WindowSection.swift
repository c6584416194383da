import Foundation
import MayflyAPI
import MayflyCore

/// When a rule is open: `windows`, `zone` and `valid_until`.
enum WindowSection {
    /// `[ { days: [ mon-fri ], from: "08:00", to: "18:00" } ]`
    static func readAll(_ field: Field) -> [AccessWindow]? {
        field.list(of: "windows")?.compactMap { item in
            guard let section = Section(item, keys: ["days", "from", "to"]) else { return nil }
            let days = section.optional("days").map(readDays) ?? Set(AccessWindow.Weekday.allCases)
            let from = section.optional("from").map { readClock($0, last: 1439) } ?? 0
            let to = section.optional("to").map { readClock($0, last: 1440) } ?? 1440
            guard let days, let from, let to else { return nil }
            guard from != to else {
                section.optional("to")?.error(
                    "is when the window begins", fix: "leave both out for the whole day")
                return nil
            }
            return AccessWindow(days: days, from: from, to: to)
        }
    }

    private static func readDays(_ field: Field) -> Set<AccessWindow.Weekday>? {
        guard let items = field.list(of: "days") else { return nil }
        var days: Set<AccessWindow.Weekday> = []
        for item in items {
            guard let text = item.string("a day") else { return nil }
            let ends = text.split(separator: "-", omittingEmptySubsequences: false)
                .map { AccessWindow.Weekday(String($0)) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                item.error(
                    "\(item.shown(text)) is no day", fix: "mon, tue, wed, thu, fri, sat, sun, or mon-fri")
                return nil
            }
            // `sat-mon` goes on over Sunday.
            for step in 0...((last.rawValue - first.rawValue + 7) % 7) {
                if let day = AccessWindow.Weekday(rawValue: (first.rawValue + step) % 7) { days.insert(day) }
            }
        }
        return days
    }

    /// Minutes since midnight.
    private static func readClock(_ field: Field, last: Int) -> Int? {
        guard let text = field.scalar("a time of the day") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= last
        else {
            field.error(
                "\(field.shown(text)) is no time of the day",
                fix: "such as \"08:00\"\(last == 1440 ? ", to \"24:00\"" : ", before \"24:00\"")")
            return nil
        }
        return hour * 60 + minute
    }

    static func readZone(_ field: Field) -> TimeZone? {
        guard let text = field.string("the name of a time zone") else { return nil }
        // Not names such as CET or EST, which mean in summer what nobody expects.
        let known = TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") } + ["UTC", "GMT"]
        guard known.contains(text), let zone = TimeZone(identifier: text) else {
            field.error(
                "no time zone is called \(field.shown(text))",
                fix: Spelling.nearest(to: text, among: known).map { "did you mean \($0)?" }
                    ?? "such as Europe/Berlin or UTC")
            return nil
        }
        return zone
    }

    /// A moment with its offset, or a day, which ends in the rule's zone.
    /// - Parameter zone: nil where it was left out.
    static func readEnd(_ field: Field, zone: TimeZone?) -> Date? {
        guard let text = field.scalar("a date") else { return nil }
        if let moment = MayflyJSON.date(from: text) { return moment }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone ?? .gmt
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) : nil }
        guard parts.map(\.utf8.count) == [4, 2, 2], numbers.count == 3,
            let day = calendar.date(
                from: DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])),
            // The calendar takes 31 April for 1 May.
            calendar.component(.day, from: day) == numbers[2],
            calendar.component(.month, from: day) == numbers[1],
            let next = calendar.date(byAdding: .day, value: 1, to: day)
        else {
            field.error(
                "\(field.shown(text)) is no date",
                fix: "such as 2026-12-31, or a moment: 2026-12-31T18:00:00+01:00")
            return nil
        }
        guard zone != nil else {
            field.error(
                "a day ends at another moment in each zone", fix: "add zone: Europe/Berlin to the rule")
            return nil
        }
        return calendar.startOfDay(for: next)
    }
}
