import Foundation
import MayflyCore
import MayflyTesting
import Testing

@Suite("The figures of reports")
struct ReportFiguresTests {
    private typealias Sample = StoreConformanceSample
    private static let start = RequestTranscript.start

    private func lease(
        ttl: Int = 1800, at created: Date = start, endedAt: Date? = nil, breakGlass: Bool = false,
        profile: String = "orders-read", uid: UInt32 = 1001, expires: Date? = nil,
        state: Lease.State? = nil
    ) -> Lease {
        Lease(
            id: LeaseID(), requestID: RequestID(), database: Sample.orders, engine: .postgresql,
            profile: ProfileName(unchecked: profile), requester: .init(user: "user\(uid)", uid: uid),
            reason: nil, ticket: nil,
            role: RoleName(rawValue: "mf_t_alice_aaaaaaaaaaaaa")!,  // a name of ours
            groups: ["g"], isBreakGlass: breakGlass, createdAt: created,
            endsLatestAt: created.addingTimeInterval(28_800),
            expiresAt: expires ?? created.addingTimeInterval(TimeInterval(ttl)),
            state: state ?? (endedAt == nil ? .active : .revoked), isTethered: false, roleOID: nil,
            validUntil: nil, endedAt: endedAt, endReason: endedAt == nil ? nil : .expired, attempts: 0,
            nextAttemptAt: nil, obstacle: nil)
    }

    private func reported(_ lease: Lease, asked: Int? = nil, at now: Date, use: LeaseUse = .unknown)
        -> ReportedLease
    {
        let request = AccessRequest(
            id: lease.requestID, profile: lease.profile, requester: lease.requester,
            ttl: asked.map { TTL(clamping: $0) }, reason: nil, ticket: nil, createdAt: lease.createdAt,
            rule: "r", state: .issued, leaseID: lease.id)
        return ReportedLease(lease, request, use: use, asOf: now)
    }

    @Test("A percentile is a value that occurred, by the nearest rank")
    func percentiles() {
        let ten = Distribution((1...10).map(TimeInterval.init).shuffled())
        #expect(ten.median == 5 && ten.percentile(10) == 1 && ten.percentile(11) == 2)
        #expect(ten.percentile(100) == 10 && ten.percentile(0) == 1 && ten.percentile(1000) == 10)
        #expect(Distribution([7]).median == 7 && Distribution([7]).percentile(10) == 7)
        #expect(Distribution([1, 2]).median == 1)
        #expect(Distribution([]).median == nil && Distribution([]).count(below: 30) == 0)
        #expect(Distribution([29.999, 30, 30.001]).count(below: 30) == 1)
    }

    @Test("A vote's time is from when its step began: the request, or the step before")
    func votes() throws {
        var story = try RequestTranscript(
            ApprovalTerms(steps: [
                ApprovalStep(name: "owner", approvers: [.group("owners")], count: 2),
                RequestTranscript.security,
            ]))
        _ = try story.play(
            """
            1m     bob approves              x
            4m     carol approves            x
            10m    sam approves              x
            """)
        let votes = TimedVote.all(story.request)
        #expect(votes.map(\.step) == ["owner", "owner", "security"])
        #expect(votes.map(\.seconds) == [60, 240, 360])
        #expect(story.request.state == .approved)
    }

    @Test("What an authority attested counts, without a time; a denial has one")
    func attested() throws {
        var story = try RequestTranscript()
        _ = story.request.vote(
            Ballot(.approve, by: try #require(RequestTranscript.cast["carol"]), authority: "chat"),
            people: RequestTranscript.people, inForce: nil, now: Self.start.addingTimeInterval(5))
        _ = try story.play("2m     sam denies                x")
        var tally = ApprovalTally()
        tally.add(story.request)
        #expect(tally.votes.map(\.seconds) == [nil, 115])
        let (each, together) = tally.figures
        #expect(tally.count(.denied) == 1 && tally.requests == 1 && tally.count(.approved, .issued) == 0)
        #expect(each.map(\.person?.rawValue) == ["uid:1003", "uid:1004"])
        #expect(together.approved == 1 && together.denied == 1 && together.attested == 1)
        #expect(together.waits.count == 1 && together.deniedPercent == 50 && together.quickPercent == 0)
        #expect(each[0].quickPercent == nil && each[0].waits.median == nil)
    }

    @Test("Whoever approves all at once stands out; of one person every name is told")
    func rubberStamp() throws {
        var tally = ApprovalTally()
        for index in 0..<10 {
            var story = try RequestTranscript(ApprovalTerms(steps: [RequestTranscript.owner]))
            let who = index < 8 ? (index.isMultiple(of: 2) ? "bob" : "bob-adm") : "carol"
            let minutes = index < 8 ? "0.1m" : "30m "
            _ = try story.play("\(minutes)   \(who) \(index == 9 ? "denies" : "approves")      x")
            tally.add(story.request)
        }
        let (each, together) = tally.figures
        #expect(each.map(\.person?.rawValue) == ["bob", "uid:1003"])
        #expect(each[0].users == ["bob", "bob-adm"] && each[0].decided == 8)
        #expect(each[0].quickPercent == 100 && each[0].deniedPercent == 0 && each[0].waits.median == 6)
        #expect(each[1].quickPercent == 0 && each[1].deniedPercent == 50 && each[1].waits.median == 1800)
        #expect(together.decided == 10 && together.quickPercent == 80 && together.deniedPercent == 10)
    }

    @Test("Asked about somebody, the requests that they had no say in are left out")
    func about() throws {
        var story = try RequestTranscript()
        _ = try story.play("1m     carol approves            x\n2m     sam approves              x")
        var tally = ApprovalTally { $0.identity.user == "sam" }
        tally.add(story.request)
        tally.add(try RequestTranscript().request)
        #expect(tally.requests == 1 && tally.votes.map(\.vote.identity.user) == ["sam"])
        var all = ApprovalTally()
        all.add(story.request)
        all.add(try RequestTranscript().request)
        #expect(all.requests == 2 && all.count(.pending) == 1 && all.votes.count == 2)
    }

    @Test("A lease gives access no longer than to its expiry, whenever its role was gone; a failed one none")
    func lived() {
        let hour = Self.start.addingTimeInterval(3600)
        #expect(reported(lease(), at: Self.start.addingTimeInterval(60)).livedSeconds == 60)
        #expect(reported(lease(), at: hour).livedSeconds == 1800)
        #expect(reported(lease(endedAt: Self.start.addingTimeInterval(90)), at: hour).livedSeconds == 90)
        // Locked for a day: nobody could log in.
        let late = lease(endedAt: Self.start.addingTimeInterval(86_400))
        #expect(reported(late, at: Self.start.addingTimeInterval(90_000)).livedSeconds == 1800)
        #expect(reported(lease(endedAt: hour, state: .failed), at: hour).livedSeconds == 0)
        #expect(reported(late, at: hour).givenSeconds == 1800)
    }

    @Test("What is held at a moment is what began by then and was not over")
    func held() {
        let past = lease(endedAt: Self.start.addingTimeInterval(60))
        #expect(reported(past, at: Self.start.addingTimeInterval(30)).isHeld)
        #expect(!reported(past, at: Self.start.addingTimeInterval(60)).isHeld)
        #expect(!reported(past, at: Self.start.addingTimeInterval(-1)).isHeld)
        #expect(!reported(lease(endedAt: nil, state: .failed), at: Self.start).isHeld)
    }

    @Test("A maximum is needed by the longest that was given, not by what was left of it")
    func maximum() throws {
        let name = ProfileName(unchecked: "orders-read")
        let hour = TTL(clamping: 3600)
        var use = ProfileUse(name)
        #expect(use.enough(under: hour) == nil && use.longestGiven == nil)
        use.add(reported(lease(endedAt: Self.start.addingTimeInterval(10)), asked: 900, at: Self.start))
        #expect(use.enough(under: hour) == 1800 && use.longestLived == 0 && use.longestAsked == 900)
        use.add(reported(lease(ttl: 3600, uid: 7), at: Self.start.addingTimeInterval(7200)))
        #expect(use.enough(under: hour) == nil && use.longestLived == 3600)
        #expect(use.leases == 2 && use.people.count == 2 && use.unused == nil)
    }

    @Test("What is not known of a lease's use is never taken for none")
    func unknownUse() throws {
        let profile = try Sample.grant().profile
        let rule = AccessRule(name: "r", who: [.anyone], profiles: [Glob("orders-*")])
        let idle = AccessRule(name: "idle", who: [.anyone], profiles: [Glob("*")])
        var other = profile
        other.name = ProfileName(unchecked: "orders-write")
        var unused = UnusedRights(profiles: [profile, other], rules: [rule, idle])
        unused.add(reported(lease(), at: Self.start))
        let over = lease(endedAt: Self.start)
        unused.add(reported(over, at: Self.start, use: LeaseUse(sessions: 0)))
        // It may be used yet.
        unused.add(reported(lease(), at: Self.start, use: LeaseUse(sessions: 0)))
        unused.add(reported(lease(), at: Self.start, use: LeaseUse(sessions: 2)))
        unused.add(reported(lease(profile: "gone"), at: Self.start))
        unused.add(reported(lease(), at: Self.start).request)
        let sorted = unused.sorted()
        #expect(sorted.leases.count == 1 && sorted.unknown == 1)
        #expect(sorted.profiles.map(\.use.leases) == [0, 4] && sorted.profiles[1].use.unused == 1)
        #expect(sorted.rules.map(\.rule.name) == ["idle", "r"] && sorted.rules.map(\.requests) == [0, 1])
    }

    @Test("Who allowed a lease: break-glass before all, an authority before those who voted")
    func allowedBy() throws {
        var voted = try RequestTranscript()
        _ = try voted.play("1m     carol approves            x\n2m     sam approves              x")
        #expect(AllowedBy(lease(), voted.request) == .people)
        #expect(AllowedBy(lease(breakGlass: true), voted.request) == .breakGlass)
        #expect(AllowedBy(lease(), try RequestTranscript().request) == .automatic)
        var attested = try RequestTranscript()
        _ = attested.request.vote(
            Ballot(.approve, by: try #require(RequestTranscript.cast["carol"]), authority: "chat"),
            people: RequestTranscript.people, inForce: nil, now: Self.start)
        #expect(AllowedBy(lease(), attested.request) == .signedApproval)
    }

    @Test("A period that ends before it begins is none; a lease meets it at either edge")
    func period() throws {
        let (from, to) = (Self.start, Self.start.addingTimeInterval(60))
        #expect(throws: Refusal.self) { try ReportPeriod(from: to, to: from) }
        let period = try ReportPeriod(from: from, to: to)
        #expect(period.meets(lease(at: to)) && !period.meets(lease(at: to.addingTimeInterval(1))))
        let earlier = from.addingTimeInterval(-600)
        #expect(period.meets(lease(at: earlier)) && period.meets(lease(at: earlier, endedAt: from)))
        #expect(!period.meets(lease(at: earlier, endedAt: from.addingTimeInterval(-1))))
    }
}
