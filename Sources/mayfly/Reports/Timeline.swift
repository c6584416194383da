import Foundation
import MayflyAPI

/// Leases as bars over time, a band for each person; those that overlap lie one below the other.
struct Timeline {
    /// Who, or what, allowed a lease: its colour.
    enum Kind: CaseIterable {
        case automatic, people, signed, breakGlass

        init(_ allowed: AllowedBy) {
            switch allowed {
            case .people: self = .people
            case .signedApproval: self = .signed
            case .breakGlass: self = .breakGlass
            default: self = .automatic
            }
        }

        var css: String {
            switch self {
            case .automatic: "auto"
            case .people: "people"
            case .signed: "signed"
            case .breakGlass: "glass"
            }
        }

        var title: String {
            switch self {
            case .automatic: "by its rule, at once"
            case .people: "approved by people"
            case .signed: "signed approval"
            case .breakGlass: "break-glass"
            }
        }
    }

    struct Bar {
        var from: Date
        var to: Date
        var kind: Kind
        /// It gives access still.
        var isHeld: Bool
        var sessions: [(from: Date, to: Date)]
        /// Shown when it is pointed at.
        var title: String
    }

    struct Band {
        var name: String
        /// From top to bottom; bars of one do not overlap.
        var lanes: [[Bar]]
    }

    /// More bars than that cannot be told apart, nor opened by a browser in good time.
    static let mostBars = 2000
    static let mostLanes = 120

    let from: Date
    let to: Date
    let bands: [Band]
    let legend: [Kind]
    let caption: String
    var hasSessions: Bool { bands.contains { $0.lanes.contains { $0.contains { !$0.sessions.isEmpty } } } }

    /// - Parameter entries: newest first.
    init(_ entries: [AccessEntry], from start: Date, to end: Date) {
        let shown = entries.prefix(Self.mostBars)
        let bars = shown.map { (person: $0.person, requester: $0.requester, bar: Bar($0, until: end)) }
        let first = bars.map(\.bar.from).min() ?? start
        let last = max(bars.map(\.bar.to).max() ?? end, first)
        // Where nothing happened for long is not shown: what happened would be too small to see.
        let margin = max(last.timeIntervalSince(first) * 0.02, 5)
        from = max(start, first.addingTimeInterval(-margin))
        to = max(min(end, last.addingTimeInterval(margin)), from.addingTimeInterval(1))
        let (from, to) = (from, to)
        var lanes = 0
        var left = 0
        let bands = Dictionary(grouping: bars, by: \.person).map { person, theirs in
            Band(
                name: Self.name(person, Set(theirs.map(\.requester))),
                lanes: Self.lanes(theirs.map { $0.bar.cut(from: from, to: to) }))
        }
        self.bands = bands.sorted { $0.name < $1.name }.filter { band in
            guard lanes + band.lanes.count <= Self.mostLanes || lanes == 0 else {
                left += 1
                return false
            }
            lanes += band.lanes.count
            return true
        }
        let kinds = Set(shown.map { Kind($0.allowedBy) })
        legend = Kind.allCases.filter { kinds.contains($0) }
        caption = Self.caption(
            held: bars.contains { $0.bar.isHeld }, leftOut: entries.count - shown.count, people: left)
    }

    private static func caption(held: Bool, leftOut: Int, people: Int) -> String {
        var parts = ["Times are UTC"]
        if held { parts.append("outlined: gives access still") }
        if leftOut > 0 { parts.append("\(leftOut) older ones are left out here and stand in the table") }
        if people > 0 { parts.append("\(people) people are left out here and stand in the table") }
        return parts.joined(separator: "; ")
    }

    /// A person without a name in the configuration is a key: their user says more.
    private static func name(_ person: String, _ users: Set<String>) -> String {
        guard person.contains(":"), users.count == 1, let user = users.first else { return person }
        return person.hasPrefix("uid:") ? user : person
    }

    /// Each bar in the first lane that is free by then.
    static func lanes(_ bars: [Bar]) -> [[Bar]] {
        var lanes: [[Bar]] = []
        for bar in bars.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
            let free = lanes.firstIndex { lane in lane.last.map { $0.to <= bar.from } ?? true }
            if let free { lanes[free].append(bar) } else { lanes.append([bar]) }
        }
        return lanes
    }
}

extension Timeline.Bar {
    fileprivate init(_ entry: AccessEntry, until now: Date) {
        let isHeld = entry.endedAt == nil && entry.expiresAt > now
        // Access ends with the expiry, whenever the role is gone.
        let end = min(entry.endedAt ?? now, entry.expiresAt)
        from = entry.issuedAt
        to = max(end, entry.issuedAt)
        kind = Timeline.Kind(entry.allowedBy)
        self.isHeld = isHeld
        sessions = entry.sessionSpans?.map { ($0.from, $0.to ?? now) } ?? []
        let reason = entry.reason.map { ": \($0)" } ?? ""
        title =
            "\(entry.requester), \(entry.profile) on \(entry.database), \(UTCTime.text(entry.issuedAt)) for "
            + HumanTime.duration(seconds: entry.livedSeconds) + reason
    }

    fileprivate func cut(from: Date, to: Date) -> Self {
        var bar = self
        bar.from = max(bar.from, from)
        bar.to = max(min(bar.to, to), bar.from)
        return bar
    }
}
