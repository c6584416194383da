import Foundation
import MayflyCore
import Testing

private typealias World = PolicyWorld

@Suite("Decisions")
struct DecisionTests {
    struct Case: CustomTestStringConvertible {
        var story: String
        var who: Identity
        var what: LeaseRequest
        var when: Date
        var history = History()
        var answer: String
        var testDescription: String { story }

        init(
            _ story: String, _ who: Identity, _ what: LeaseRequest, _ when: Date, _ history: History,
            _ answer: String
        ) {
            self.story = story
            self.who = who
            self.what = what
            self.when = when
            self.history = history
            self.answer = answer
        }

        init(_ story: String, _ who: Identity, _ what: LeaseRequest, _ when: Date, _ answer: String) {
            self.init(story, who, what, when, History(), answer)
        }

        init(_ story: String, _ who: Identity, _ what: LeaseRequest, _ answer: String) {
            self.init(story, who, what, World.monday, History(), answer)
        }
    }

    private static let read = World.wish(World.read)
    private static let write = World.wish(World.write)
    private static let main = World.job(ref: "refs/heads/main")
    private static func earlier(_ hours: [Int]) -> History {
        History(
            earlier: hours.map { History.Earlier(at: World.monday, ttl: World.hours($0), result: .issued) })
    }

    private static let who = [
        Case("a developer in office hours", World.alice, read, "allow office hours 1h/1d"),
        Case("somebody without a rule", World.outsider, read, "deny denied"),
        Case("a denied group comes first, though a later rule names them", World.banned, read, "deny denied"),
        Case("a profile of another family", World.alice, World.wish(World.audit), "deny denied"),
        Case(
            "a profile that does not exist", World.alice, World.wish(ProfileName(unchecked: "orders-x")),
            "deny denied"),
        Case("a job by its claims", main, read, "allow main branch 1h/1h"),
        Case("a job of another branch", World.job(ref: "refs/heads/dev"), read, "deny denied"),
        Case("a job has nothing of its runner's groups", main, write, "deny denied"),
    ]

    private static let when = [
        Case(
            "outside the window a later rule decides", World.alice, read, World.night, "deny ticket_required"),
        Case(
            "with a ticket it is asked of the owners", World.alice, World.wish(World.read, nil, nil, "OPS-1"),
            World.night,
            "approval any time owner"),
        Case("no later rule gives this one", World.alice, write, World.night, "deny denied"),
        Case(
            "what starts at night is decided as at night", World.alice,
            World.wish(World.write, startAt: World.night), "deny denied"),
        Case(
            "what starts at noon is decided as at noon", World.alice,
            World.wish(World.write, startAt: World.monday.addingTimeInterval(86_400)), World.night,
            "allow office hours 1h/1d"),
        Case(
            "a start that has passed is now", World.alice, World.wish(World.write, startAt: World.monday),
            World.night,
            "deny denied"),
        Case(
            "a start in two months", World.alice,
            World.wish(World.read, startAt: World.monday.addingTimeInterval(56 * 86_400)),
            "deny invalid_request"),
        Case("a contractor in time, cut at the end", World.contractor, read, "allow contractors 1h/12h"),
        Case(
            "longer than the contract", World.contractor, World.wish(World.read, World.hours(13)),
            "deny ttl_above_maximum"),
        Case(
            "in the last half hour the default is cut too", World.contractor, read,
            AccessWindowTests.at("2026-03-02T21:30:00Z"), "allow contractors 30m/30m"),
        Case(
            "at the end", World.contractor, read, AccessWindowTests.at("2026-03-02T22:00:00Z"), "deny denied"),
        Case("after the end", World.contractor, read, World.night, "deny denied"),
    ]

    private static let facts = [
        Case(
            "over the maximum", World.alice, World.wish(World.read, World.hours(8 * 24 + 1)),
            "deny ttl_above_maximum"),
        Case(
            "a day is no more than a day", World.alice, World.wish(World.read, World.hours(24)),
            "allow office hours 1d/1d"),
        Case(
            "renewed within what it took and brought", World.alice,
            World.wish(World.write, World.hours(1), "customer 4711"), "allow office hours 1h/1d"),
        Case(
            "over a day a reason is demanded", World.alice, World.wish(World.read, World.hours(25)),
            "deny reason_required"),
        Case(
            "of some length", World.alice, World.wish(World.read, World.hours(25), "because"),
            "deny reason_invalid"),
        Case(
            "which blanks do not make", World.alice, World.wish(World.read, World.hours(25), "a          b"),
            "deny reason_invalid"),
        Case(
            "and the owners' approval", World.alice, World.wish(World.read, World.hours(25), "customer 4711"),
            "approval office hours owner"),
        Case(
            "over a week a ticket too", World.alice,
            World.wish(World.read, World.hours(169), "customer 4711"),
            "deny ticket_required"),
        Case(
            "that fits", World.alice, World.wish(World.read, World.hours(169), "customer 4711", "a ticket"),
            "deny ticket_invalid"),
        Case(
            "in whole", World.alice, World.wish(World.read, World.hours(169), "customer 4711", "OPS-1 or so"),
            "deny ticket_invalid"),
        Case(
            "and both approvals", World.alice,
            World.wish(World.read, World.hours(169), "customer 4711", "OPS-1"),
            "approval office hours owner,security"),
        Case("without a second factor", World.oncall, read, "deny mfa_required"),
        Case("with one", World.oncall.with(mfa: World.monday), read, "allow on-call 1h/20d"),
        Case("with an old one", World.oncall.with(mfa: World.monday - 301), read, "deny mfa_required"),
    ]

    private static let breakGlass = [
        Case(
            "break-glass without a reason", World.oncall, World.wish(World.write, breakGlass: true),
            "deny reason_required"),
        Case(
            "break-glass", World.oncall, World.wish(World.write, nil, "all is down", breakGlass: true),
            "break-glass emergency 1h/1h"),
        Case(
            "break-glass tomorrow", World.oncall,
            World.wish(
                World.write, nil, "all is down", startAt: World.monday.addingTimeInterval(86_400),
                breakGlass: true),
            "deny invalid_request"),
        Case(
            "longer than break-glass gives", World.oncall,
            World.wish(World.write, World.hours(2), "all is down", breakGlass: true), "deny ttl_above_maximum"
        ),
        Case(
            "break-glass on what no rule gives it for", World.oncall,
            World.wish(World.read, nil, "all is down", breakGlass: true), "deny denied"),
        Case(
            "break-glass of somebody who has only other rules", World.alice,
            World.wish(World.read, nil, "all is down", breakGlass: true), "deny denied"),
        Case(
            "break-glass past a rule that denies", World.banned,
            World.wish(World.read, nil, "all is down", breakGlass: true), "deny denied"),
        Case(
            "break-glass with a review overdue", World.oncall,
            World.wish(World.write, nil, "all is down", breakGlass: true), World.monday,
            History(overdueReviews: 1),
            "deny denied"),
        Case(
            "without asking for it a break-glass rule gives nothing", World.oncall, write, "deny mfa_required"
        ),
    ]

    private static let past = [
        Case(
            "a flag that demands nothing", World.contractor, read, World.monday, History(),
            "allow contractors 1h/12h"),
        Case(
            "longer than usual", World.contractor, World.wish(World.read, World.hours(9)), World.monday,
            earlier([1, 2, 4]),
            "approval contractors security"),
        Case(
            "twice the usual is not longer", World.contractor, World.wish(World.read, World.hours(4)),
            World.monday,
            earlier([1, 2, 4]), "allow contractors 4h/12h"),
        Case(
            "two earlier ones are no usual", World.contractor, World.wish(World.read, World.hours(9)),
            World.monday,
            earlier([1, 1]), "allow contractors 9h/12h"),
        Case(
            "a burst by whatever rules", World.contractor, read, World.monday,
            History(requestsInHour: ["contractors": 3, "other": 2]), "approval contractors security"),
        Case(
            "as many requests within an hour as the rule takes", World.alice, read, World.monday,
            History(requestsInHour: ["office hours": 4]), "deny too_many_requests"),
        Case(
            "requests by another rule do not count", World.alice, read, World.monday,
            History(requestsInHour: ["office hours": 3, "any time": 9]), "allow office hours 1h/1d"),
        Case(
            "as many leases as the profile gives a person", World.alice, read, World.monday,
            History(held: Array(repeating: .init(World.read), count: 3)),
            "deny too_many_active"),
        Case(
            "leases that are being revoked have no place", World.alice, read, World.monday,
            History(
                held: Array(
                    repeating: .init(World.read, countsAsActive: false), count: 3)),
            "allow office hours 1h/1d"),
        Case(
            "the rule's own, lower number", main, read, World.monday,
            History(held: [.init(World.read)]), "deny too_many_active"),
        Case(
            "as many as the profile gives all", World.alice, read, World.monday, History(activeInAll: 10),
            "deny too_many_active"),
        Case(
            "who asks for approval takes no place yet", World.alice,
            World.wish(World.read, nil, nil, "OPS-1"), World.night,
            History(activeInAll: 10), "approval any time owner"),
    ]

    @Test(arguments: who + when + facts + breakGlass + past)
    func `The first rule that names caller and profile, and is open, decides`(_ test: Case) throws {
        let decision = try World.policy().decide(
            test.what, by: test.who, history: test.history, now: test.when)
        #expect(World.text(decision) == test.answer, "\(decision)")
    }

    @Test func `The ceiling is above nothing`() throws {
        let policy = try World.policy(ceiling: World.hours(2))
        let decision = policy.decide(World.wish(World.read), by: World.alice, now: World.monday)
        #expect(World.text(decision) == "allow office hours 1h/2h")
        let long = policy.decide(World.wish(World.read, World.hours(3)), by: World.alice, now: World.monday)
        #expect(World.text(long) == "deny ttl_above_maximum")
    }

    @Test func `A lease under a rule that ends, ends with it`() throws {
        let end = AccessWindowTests.at("2026-03-02T22:00:00Z")
        guard
            case .allow(let grant) = try World.policy().decide(
                Self.read, by: World.contractor, now: World.monday)
        else {
            Issue.record("not allowed")
            return
        }
        #expect(grant.endsBy == end)
        // However late it is redeemed.
        let late = end.addingTimeInterval(-600)
        #expect(grant.end(of: grant.ttl, from: late) == end)
        #expect(grant.end(of: grant.maximum, from: late) == end)
        #expect(grant.end(of: grant.ttl, from: World.monday) == World.monday.addingTimeInterval(3600))
    }

    @Test func `The terms of an approval carry the rule's authorities, and the shorter times`() throws {
        let night = try World.policy().decide(
            World.wish(World.read, nil, nil, "OPS-1"), by: World.alice, now: World.night)
        guard case .approval(_, let terms) = night else {
            Issue.record("no approval")
            return
        }
        #expect(terms.authorities == ["chatbot"])
        let week = try World.policy().decide(
            World.wish(World.read, World.hours(169), "customer 4711", "OPS-1"), by: World.alice,
            now: World.monday)
        guard case .approval(_, let both) = week else {
            Issue.record("no approval")
            return
        }
        #expect(both.pendingFor == 3600)
        #expect(both.steps.map(\.count) == [1, 2])
    }

    @Test func `A rule that demands approval and names nobody gives nothing`() throws {
        let rule = AccessRule(name: "broken", who: [.anyone], profiles: ["*"], outcome: .approval)
        let policy = Policy(rules: [rule], profiles: [World.read: World.profile(World.read)])
        #expect(World.text(policy.decide(Self.read, by: World.alice, now: World.monday)) == "deny denied")
    }

    @Test func `A renewal asks for a rule, not for facts or places`() throws {
        let policy = try World.policy()
        func renewal(_ who: Identity, _ profile: ProfileName, _ when: Date, breakGlass: Bool = false)
            -> String
        {
            World.text(policy.renewal(of: profile, isBreakGlass: breakGlass, by: who, now: when))
        }
        #expect(renewal(World.oncall, World.read, World.monday) == "allow on-call 1h/20d")
        #expect(renewal(World.alice, World.read, World.night) == "allow any time 1h/20d")
        #expect(renewal(World.banned, World.read, World.monday) == "deny denied")
        #expect(renewal(World.contractor, World.read, World.night) == "deny denied")
        #expect(
            renewal(World.oncall, World.write, World.monday, breakGlass: true)
                == "break-glass emergency 1h/1h")
    }
}
