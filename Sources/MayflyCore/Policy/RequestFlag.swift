package import Foundation

/// Something unusual about a request, with the figures it rests on. Flags inform approvers; a rule may let one
/// demand approval.
package struct RequestFlag: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
        /// The person never had the profile.
        case firstRequest = "first_request"
        /// More than twice the median of what the person had.
        case longerThanUsual = "longer_than_usual"
        /// At an hour, on the clocks of the rule's zone, at which the person never asked, nor in the hours beside it.
        case unusualHour = "unusual_hour"
        /// Many requests within an hour, by whatever rule.
        case burst
        /// People denied the person the profile within the last week.
        case earlierDenial = "earlier_denial"

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    package var kind: Kind
    package var figures: [String: Int]

    package init(_ kind: Kind, _ figures: [String: Int]) {
        self.kind = kind
        self.figures = figures
    }

    /// What is unusual about asking for `ttl` now.
    /// - Parameter zone: whose clocks say what hour it is.
    package static func raised(
        ttl: TTL, history: History, now: Date, zone: TimeZone = .gmt
    ) -> [RequestFlag] {
        let issued = history.earlier.filter { $0.result == .issued }
        guard !issued.isEmpty else {
            return [RequestFlag(.firstRequest, ["earlier": 0])] + burst(history) + denial(history, now)
        }
        return longer(ttl, issued) + hour(issued, now, zone) + burst(history) + denial(history, now)
    }

    private static func longer(_ ttl: TTL, _ issued: [History.Earlier]) -> [RequestFlag] {
        let usual = issued.compactMap(\.ttl?.seconds).sorted()
        guard usual.count >= 3, ttl.seconds > 2 * usual[usual.count / 2] else { return [] }
        return [
            RequestFlag(
                .longerThanUsual,
                [
                    "ttl_seconds": ttl.seconds, "usual_ttl_seconds": usual[usual.count / 2],
                    "earlier": usual.count,
                ])
        ]
    }

    private static func hour(_ issued: [History.Earlier], _ now: Date, _ zone: TimeZone) -> [RequestFlag] {
        // Each on the clocks of its own day: whoever comes at 9 does so in summer and in winter.
        func hour(_ date: Date) -> Int {
            let local = Int(date.timeIntervalSince1970.rounded(.down)) + zone.secondsFromGMT(for: date)
            return (local % 86_400 + 86_400) % 86_400 / 3600
        }
        guard issued.count >= 10 else { return [] }
        let asked = hour(now)
        let near = issued.count { [0, 1, 23].contains((hour($0.at) - asked + 24) % 24) }
        return near > 0 ? [] : [RequestFlag(.unusualHour, ["hour": asked, "earlier": issued.count])]
    }

    private static let burstSize = 5

    private static func burst(_ history: History) -> [RequestFlag] {
        let count = history.requestsInHour.values.reduce(0, +)
        return count < burstSize ? [] : [RequestFlag(.burst, ["requests_in_hour": count])]
    }

    private static func denial(_ history: History, _ now: Date) -> [RequestFlag] {
        let week = history.earlier.filter {
            $0.result == .denied && now.timeIntervalSince($0.at) < 7 * 86_400
        }
        return week.isEmpty ? [] : [RequestFlag(.earlierDenial, ["denials_in_week": week.count])]
    }
}
