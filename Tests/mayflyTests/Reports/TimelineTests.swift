import Foundation
import MayflyAPI
import Testing

@testable import mayfly

@Suite("The picture of a report")
struct TimelineTests {
    private typealias Sample = ReportSample

    private func timeline(_ entries: [AccessEntry], hours: Double = 24) -> Timeline {
        Timeline(entries, from: Sample.start, to: Sample.start.addingTimeInterval(hours * 3600))
    }

    @Test("Each person has a band, and leases that overlap lie one below the other")
    func lanes() {
        let picture = timeline([
            Sample.entry("alice", at: 0, for: 30), Sample.entry("alice", at: 10, for: 30),
            Sample.entry("alice", at: 30, for: 30), Sample.entry("bob", at: 5, for: 5),
            Sample.entry("root", person: "uid:0", at: 5, for: 5),
        ])
        #expect(picture.bands.map(\.name) == ["alice", "bob", "root"])
        #expect(picture.bands.map { $0.lanes.map(\.count) } == [[2, 1], [1], [1]])
    }

    @Test("A bar ends with the access, not with the role; what is held goes on to now")
    func ends() throws {
        let locked = try #require(
            timeline([Sample.entry(for: 600, ttl: 30)]).bands.first?.lanes.first?.first)
        #expect(locked.to.timeIntervalSince(locked.from) == 1800 && !locked.isHeld)
        let picture = timeline([Sample.entry(for: 30, ttl: 120, isHeld: true)], hours: 1)
        let held = try #require(picture.bands.first?.lanes.first?.first)
        #expect(held.isHeld && held.to == Sample.start.addingTimeInterval(3600))
    }

    @Test(
        "The axis has round marks, few enough to read, for any length of time",
        arguments: [
            5, 60, 600, 3600, 7200, 86_400, 3 * 86_400, 30 * 86_400, 90 * 86_400, 366 * 86_400,
            10 * 366 * 86_400,
        ])
    func axis(seconds: Int) throws {
        let from = Sample.start.addingTimeInterval(17)
        let ticks = TimeAxis.ticks(from: from, to: from.addingTimeInterval(TimeInterval(seconds)))
        #expect((1...TimeAxis.most + 1).contains(ticks.count), "\(ticks.map(\.label))")
        #expect(ticks.allSatisfy { $0.at >= from && $0.at <= from.addingTimeInterval(TimeInterval(seconds)) })
        for (tick, next) in zip(ticks, ticks.dropFirst()) {
            #expect(tick.at < next.at && tick.label != next.label, "\(ticks.map(\.label))")
        }
    }

    @Test("Days and hours are told by their names")
    func labels() {
        let day = TimeAxis.ticks(from: Sample.start, to: Sample.start.addingTimeInterval(86_400))
        #expect(
            day.map(\.label) == [
                "30 Jul 12:00", "15:00", "18:00", "21:00", "31 Jul", "03:00", "06:00", "09:00", "12:00",
            ])
        let quarter = TimeAxis.ticks(from: Sample.start, to: Sample.start.addingTimeInterval(150 * 86_400))
        #expect(quarter.map(\.label) == ["Aug 2026", "Sep 2026", "Oct 2026", "Nov 2026", "Dec 2026"])
        #expect(TimeAxis.ticks(from: Sample.start, to: Sample.start).isEmpty)
    }

    @Test("Every bar lies within the picture, the shortest is seen, and sessions lie in their bars")
    func picture() throws {
        let span = SessionSpan(
            from: Sample.start.addingTimeInterval(-60), to: Sample.start.addingTimeInterval(900))
        let svg = TimelineSVG.text(
            timeline([
                Sample.entry(at: 0, for: 30, spans: [span]), Sample.entry("bob", at: 1439, for: 0.001),
                Sample.entry("carol", at: 700, for: 60, by: .breakGlass),
            ]))
        for rect in svg.matches(
            of: /<rect class="(bar|session|held)[^"]*" x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)"/)
        {
            let (x, width) = (try #require(Double(rect.2)), try #require(Double(rect.4)))
            #expect(x >= 178 && x + width <= 1184.05, "\(rect.0)")
            #expect(width >= 1.5)
        }
        #expect(svg.contains("class=\"bar glass\"") && svg.contains("class=\"session\""))
    }

    @Test("Of more than can be drawn the newest are, and it is said how many are left out")
    func many() {
        let picture = timeline(
            (0..<3000).map { Sample.entry("u\($0 % 50)", at: Double(3000 - $0) / 10, for: 0.05) })
        #expect(picture.bands.reduce(0) { $0 + $1.lanes.reduce(0) { $0 + $1.count } } == Timeline.mostBars)
        #expect(picture.caption.contains("1000 older ones"))
        let crowd = timeline((0..<200).map { Sample.entry("u\($0)") })
        #expect(crowd.bands.count == Timeline.mostLanes && crowd.caption.contains("80 people"))
    }
}
