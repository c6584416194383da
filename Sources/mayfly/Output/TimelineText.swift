import MayflyAPI

/// The story of a lease, for people.
enum TimelineText {
    static func lines(_ timeline: LeaseTimeline, time: LocalTime) -> [String] {
        var lines = LeaseText.fields(timeline.lease, time: time).lines + [""]
        let table = Table([
            .init("WHEN", timeline.entries.map { time.text($0.at) }),
            .init("WHO", timeline.entries.map(\.who)),
            .init(
                "WHAT",
                timeline.entries.map {
                    ($0.outcome == "done" ? "" : "\($0.outcome.uppercased()): ") + $0.text
                }),
        ])
        // Never cut: it is read for what it says.
        lines += table.lines(width: nil)
        if !timeline.limits.isEmpty {
            lines += [""] + timeline.limits.map { Escaping.printable("note: \($0)") }
        }
        return lines
    }
}
