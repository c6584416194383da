import Foundation
import MayflyCore
import Testing

private typealias World = PolicyWorld

@Suite("Explanations")
struct ExplanationTests {
    private func explain(
        _ who: Identity, _ what: LeaseRequest, _ when: Date = World.monday, history: History = .init()
    ) throws -> Explanation {
        try World.policy().explain(what, by: who, history: history, now: when)
    }

    @Test("Each rule says why it did not decide")
    func rules() throws {
        let night = try explain(World.alice, World.wish(World.read), World.night)
        #expect(
            night.rules.map { "\($0.rule.name): \($0.text)" } == [
                "banned: names other people", "main branch: names other people",
                "office hours: is open mon–fri 08:00–18:00 (GMT) only", "any time: decides",
                "emergency: was not reached", "on-call: was not reached", "contractors: was not reached",
            ])
        let contractor = try explain(World.contractor, World.wish(World.read), World.night)
        #expect(contractor.rules.last?.text == "ended at 2026-03-02T22:00:00.000Z")
        #expect(contractor.rule == nil)
        let oncall = try explain(World.oncall, World.wish(World.write))
        #expect(oncall.rules.map(\.text).contains("is for break-glass only"))
        let urgent = try explain(World.oncall, World.wish(World.read, breakGlass: true))
        #expect(urgent.rules.map(\.text).contains("gives no break-glass"))
    }

    @Test("A profile that does not exist looks like one that is for others")
    func unknown() throws {
        let unknown = try explain(World.alice, World.wish(ProfileName(unchecked: "audit-x")))
        let others = try explain(World.alice, World.wish(World.audit))
        #expect(unknown.rules.map(\.text) == others.rules.map(\.text))
        // Also where a glob would take it.
        let fits = try explain(World.alice, World.wish(ProfileName(unchecked: "orders-x")))
        #expect(fits.rules.map(\.text) == others.rules.map(\.text))
    }

    @Test("Demands, approvers and the cap are said also while something is missing")
    func whole() throws {
        let week = try explain(World.alice, World.wish(World.read, World.hours(169), "customer 4711"))
        #expect(World.text(week.decision) == "deny ticket_required")
        #expect(
            week.demands.map(\.text) == [
                "a reason of at least 10 characters", "a ticket that fits \"OPS-\\\\d+\"",
            ])
        #expect(week.demands.map(\.isMet) == [true, false])
        #expect(week.approval?.steps.map(\.name) == ["owner", "security"])
        #expect(week.ttl == World.hours(169) && week.maximum == World.hours(192))
        #expect(week.flags.map(\.kind) == [.firstRequest])
    }

    @Test("Flags rest on figures")
    func flags() throws {
        let at = World.monday
        let earlier =
            (0..<12).map {
                History.Earlier(
                    at: at.addingTimeInterval(Double($0) * -86_400 - 6 * 3600), ttl: World.hours(1),
                    result: .issued)
            } + [History.Earlier(at: at - 3600, ttl: nil, result: .denied)]
        let flags = RequestFlag.raised(
            ttl: World.hours(3), history: History(requestsInHour: ["a": 4, "b": 3], earlier: earlier), now: at
        )
        #expect(
            flags == [
                RequestFlag(
                    .longerThanUsual, ["ttl_seconds": 10_800, "usual_ttl_seconds": 3600, "earlier": 12]),
                RequestFlag(.unusualHour, ["hour": 10, "earlier": 12]),
                RequestFlag(.burst, ["requests_in_hour": 7]),
                RequestFlag(.earlierDenial, ["denials_in_week": 1]),
            ])
        // An hour away is the same habit, also over midnight.
        let near = (0..<12).map { _ in
            History.Earlier(
                at: AccessWindowTests.at("2026-01-01T23:10:00Z"), ttl: World.hours(1), result: .issued)
        }
        // On the clocks of the zone: 9 in the morning is 9 in summer and in winter.
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let summer = (0..<12).map { _ in
            History.Earlier(
                at: AccessWindowTests.at("2026-07-01T07:10:00Z"), ttl: World.hours(1), result: .issued)
        }
        func raised(_ now: String) -> [RequestFlag] {
            RequestFlag.raised(
                ttl: World.hours(1), history: History(earlier: summer), now: AccessWindowTests.at(now),
                zone: berlin)
        }
        #expect(raised("2026-12-01T09:10:00Z").isEmpty)
        #expect(
            raised("2026-12-01T06:10:00Z") == [RequestFlag(.unusualHour, ["hour": 7, "earlier": 12])])
        let midnight = AccessWindowTests.at("2026-03-03T00:20:00Z")
        #expect(
            RequestFlag.raised(ttl: World.hours(1), history: History(earlier: near), now: midnight).isEmpty)
    }
}
