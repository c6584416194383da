import Foundation

/// A timeline as a picture. Colours and fonts are the page's.
struct TimelineSVG {
    private static let width = 1200.0
    private static let left = 178.0
    private static let right = 16.0
    private static let top = 30.0
    private static let lane = 14.0
    private static let gap = 4.0
    private static let padding = 7.0
    /// A moment is to be seen too.
    private static let thinnest = 3.0

    private let timeline: Timeline

    static func text(_ timeline: Timeline) -> String { TimelineSVG(timeline: timeline).text }

    private var text: String {
        var y = Self.top
        var bands = ""
        for (index, band) in timeline.bands.enumerated() {
            let height = height(of: band)
            if index.isMultiple(of: 2) {
                bands +=
                    "<rect class=\"even\" x=\"0\" y=\"\(n(y))\" width=\"\(n(Self.width))\" height=\"\(n(height))\"/>\n"
            }
            bands +=
                "<text class=\"name\" x=\"10\" y=\"\(n(y + Self.padding + 11))\">\(HTMLText.value(short(band.name)))</text>\n"
            y += height
        }
        let bottom = y
        return """
            <svg viewBox="0 0 \(n(Self.width)) \(n(bottom + 4))" role="img" aria-label="Leases over time, by person">
            \(bands)\(axis(to: bottom))\(bars())</svg>
            """
    }

    private func height(of band: Timeline.Band) -> Double {
        Double(band.lanes.count) * (Self.lane + Self.gap) - Self.gap + 2 * Self.padding
    }

    private func axis(to bottom: Double) -> String {
        TimeAxis.ticks(from: timeline.from, to: timeline.to).map { tick in
            let x = x(tick.at)
            // What would stick out at an edge is turned inwards.
            let isLast = x > Self.width - 70
            let anchor = isLast ? "end" : x < Self.left + 40 ? "start" : "middle"
            return """
                <line class="\(tick.isDay ? "day" : "tick")" x1="\(n(x))" x2="\(n(x))" y1="\(n(Self.top - 6))" \
                y2="\(n(bottom))"/><text x="\(n(x))" y="\(n(Self.top - 12))" text-anchor="\(anchor)">\
                \(HTMLText.value(tick.label))</text>

                """
        }.joined()
    }

    private func bars() -> String {
        var out = ""
        var y = Self.top
        for band in timeline.bands {
            for (index, lane) in band.lanes.enumerated() {
                let top = y + Self.padding + Double(index) * (Self.lane + Self.gap)
                for bar in lane { out += text(of: bar, at: top) }
            }
            y += height(of: band)
        }
        return out
    }

    private func text(of bar: Timeline.Bar, at y: Double) -> String {
        let (x, width) = extent(bar.from, bar.to, thinnest: Self.thinnest)
        let place = "x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(Self.lane))\" rx=\"3\""
        var out =
            "<g><title>\(HTMLText.value(bar.title))</title><rect class=\"bar \(bar.kind.css)\" \(place)/>"
        for session in bar.sessions {
            let (start, end) = (max(session.from, bar.from), min(session.to, bar.to))
            guard start <= end else { continue }
            let (x, width) = extent(start, end, thinnest: 1.5)
            out +=
                "<rect class=\"session\" x=\"\(n(x))\" y=\"\(n(y + Self.lane / 2 - 2))\" width=\"\(n(width))\" "
                + "height=\"4\" rx=\"1.5\"/>"
        }
        if bar.isHeld { out += "<rect class=\"held\" \(place)/>" }
        return out + "</g>\n"
    }

    private func extent(_ from: Date, _ to: Date, thinnest: Double) -> (x: Double, width: Double) {
        let (start, end) = (x(from), x(to))
        let width = max(end - start, thinnest)
        return (min(start, Self.width - Self.right - width), width)
    }

    private func x(_ moment: Date) -> Double {
        let share = moment.timeIntervalSince(timeline.from) / timeline.to.timeIntervalSince(timeline.from)
        return Self.left + share * (Self.width - Self.left - Self.right)
    }

    private func short(_ name: String) -> String {
        let shown = Escaping.printable(name)
        return shown.count > 22 ? String(shown.prefix(21)) + "…" : shown
    }

    private func n(_ number: Double) -> String {
        let tenths = (number * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}
