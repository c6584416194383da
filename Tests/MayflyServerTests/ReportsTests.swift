import Foundation
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Reports as the broker makes them: who sees what, and what is put on record of it.
@Suite("Reports")
struct ReportsTests {
    private typealias Bench = ApprovalBench

    private static func emergency() -> Configuration {
        Bench.configuration(first: [
            AccessRule(
                name: "emergency", who: [.user("eve")], profiles: ["orders-write"], outcome: .breakGlass,
                limits: .init(maxTTL: TTL(clamping: 600)),
                review: ReviewTerms(reviewers: [.group("owners")], dueWithin: 3600))
        ])
    }

    private func everything(_ bench: Bench) throws -> ReportPeriod {
        let now = Timekeeper.manual(bench.clock).now()
        return try ReportPeriod(from: now.addingTimeInterval(-86_400), to: now)
    }

    /// Alice's by approval, Bob's at once, Eve's as break-glass; one of Alice's is denied.
    private func story(_ bench: Bench) async throws {
        let request = try await bench.pending(ttl: 900)
        bench.clock.advance(by: .seconds(20))
        try await bench.approve(request, by: Bench.carol)
        bench.clock.advance(by: .seconds(100))
        try await bench.approve(request, by: Bench.sam)
        _ = try await bench.redeem(request)
        _ = try await bench.ask(Bench.read, by: Bench.bob)
        let wish = LeaseRequest(
            profile: Bench.write, ttl: nil, reason: Reason(rawValue: "all is down"), ticket: nil,
            isBreakGlass: true)
        guard case .issued(let broken) = try await bench.broker.ask(wish, by: Bench.eve, idempotencyKey: nil)
        else { throw TestServerError.timedOut("break-glass") }
        bench.clock.advance(by: .seconds(300))
        _ = try await bench.broker.conclude(
            broken.lease.id.rawValue, .unjustified, note: try Reason(parsing: "no"), by: Bench.carol)
        let denied = try await bench.pending()
        bench.clock.advance(by: .seconds(5))
        _ = try await bench.broker.vote(
            .deny, on: denied.id.rawValue, reason: try Reason(parsing: "not now"), by: Bench.carol)
    }

    @Test("Who had what, by whose leave and how fast; the auditor's reading is on record, one's own is not")
    func access() async throws {
        let bench = try await Bench(Self.emergency())
        try await story(bench)
        let query = ReportQuery(try everything(bench))
        let all = try await bench.broker.accessReport(query, before: nil, limit: 10, by: Bench.auditor)
        #expect(all.map(\.lease.requester.user) == ["eve", "bob", "alice"])
        #expect(all.map(\.allowedBy) == [.breakGlass, .automatic, .people])
        #expect(all[2].votes.map(\.seconds) == [20, 100])
        #expect(all[0].review?.finding?.verdict == .unjustified && all[0].reviewSeconds == 300)
        #expect(all.allSatisfy { $0.use == .unknown })
        let page = try await bench.broker.accessReport(
            query, before: all[0].lease.id, limit: 1, by: Bench.auditor)
        #expect(page.map(\.lease.requester.user) == ["bob"])

        let own = try await bench.broker.accessReport(query, before: nil, limit: 10, by: Bench.bob)
        #expect(own.map(\.lease.requester.user) == ["bob"])
        var theirs = query
        theirs.who = "alice"
        #expect(try await bench.broker.accessReport(theirs, before: nil, limit: 10, by: Bench.bob).isEmpty)
        let alices = try await bench.broker.accessReport(theirs, before: nil, limit: 10, by: Bench.auditor)
        #expect(alices.map(\.lease.requester.user) == ["alice"])
        let reads = try await bench.store.audit(AuditQuery(newest: true, limit: 10, action: .reportRead))
        #expect(reads.map(\.event.details["count"]) == ["3", "1", "1"])
        #expect(reads.last?.event.details["user"] == "alice")
        #expect(reads.allSatisfy { $0.event.details["report"] == "access" })
        await bench.broker.stop()
    }

    @Test("No record, no report")
    func unrecorded() async throws {
        let bench = try await Bench()
        bench.store.fail(with: .unwritable("the disk is full"))
        let query = ReportQuery(try everything(bench))
        #expect(
            await refused {
                try await bench.broker.accessReport(query, before: nil, limit: 10, by: Bench.auditor)
            } == .stateUnwritable)
        bench.store.fail(with: nil)
        await bench.broker.stop()
    }

    @Test("Approvals are counted for everybody by an auditor, and by others for themselves only")
    func approvals() async throws {
        let bench = try await Bench(Self.emergency())
        try await story(bench)
        let query = ReportQuery(try everything(bench))
        let all = try await bench.broker.approvalsReport(query, by: Bench.auditor)
        #expect(all.requests == 2 && all.count(.issued) == 1 && all.count(.denied) == 1)
        let carol = try #require(all.figures.each.first)
        #expect(carol.users == ["carol"] && carol.approved == 1 && carol.denied == 1)
        #expect(carol.quickly == 2 && carol.waits.median == 5)
        #expect(all.figures.each.map(\.decided) == [2, 1])
        let own = try await bench.broker.approvalsReport(query, by: Bench.sam)
        #expect(own.votes.map(\.vote.identity.user) == ["sam"] && own.requests == 1)
        #expect(try await bench.broker.approvalsReport(query, by: Bench.eve).requests == 0)
        var about = query
        about.who = "carol"
        #expect(try await bench.broker.approvalsReport(about, by: Bench.sam).requests == 0)
        // Everybody's requests are read to find one's own: nobody but auditors has all of history read.
        let ever = ReportQuery(
            try ReportPeriod(from: Date(timeIntervalSince1970: 0), to: query.period.to))
        #expect(
            await refused { try await bench.broker.approvalsReport(ever, by: Bench.sam) } == .invalidRequest)
        #expect(try await bench.broker.approvalsReport(ever, by: Bench.auditor).requests == 2)
        await bench.broker.stop()
    }

    @Test("Break-glass and unused rights are found")
    func others() async throws {
        let bench = try await Bench(Self.emergency())
        try await story(bench)
        let query = ReportQuery(try everything(bench))
        let broken = try await bench.broker.breakGlassReport(query, by: Bench.auditor)
        #expect(broken.map(\.lease.requester.user) == ["eve"])
        #expect(try await bench.broker.breakGlassReport(query, by: Bench.bob).isEmpty)
        let unused = try await bench.broker.unusedReport(query, by: Bench.auditor)
        #expect(unused.profiles.map(\.use.leases) == [1, 2] && unused.unknown == 3 && unused.leases.isEmpty)
        #expect(unused.profiles[1].use.longestAsked == 900)
        #expect(unused.profiles[1].use.enough(under: unused.profiles[1].profile.ttl.max) == 900)
        #expect(unused.rules.map(\.rule.name) == ["emergency", "read", "write"])
        #expect(unused.rules.map(\.requests) == [1, 1, 2])
        let later = try ReportPeriod(
            from: query.period.to.addingTimeInterval(86_400), to: query.period.to.addingTimeInterval(90_000))
        let idle = try await bench.broker.unusedReport(ReportQuery(later), by: Bench.auditor)
        #expect(idle.rules.allSatisfy { $0.requests == 0 })
        await bench.broker.stop()
    }

    @Test("A pack is the same until something changes; what was looked at is signed, and nothing else")
    func signOff() async throws {
        let bench = try await Bench(Self.emergency())
        try await story(bench)
        let period = try everything(bench)
        let note = try Reason(parsing: "with the owners")
        let first = try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor)
        bench.clock.advance(by: .seconds(7))
        let again = try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor)
        #expect(first.bytes == again.bytes && first.sha256 == again.sha256)
        #expect(first.pack.held.count == 3 && first.pack.leases.count == 3)
        #expect(first.pack.rules.map(\.name) == ["emergency", "write", "read"])
        #expect(first.pack.profiles.map(\.rules) == [["read"], ["emergency", "write"]])

        let signed = try await bench.broker.signOff(
            Bench.database, period, sha256: first.sha256, note: note, by: Bench.auditor)
        // One of its leases ends: that it was held then stays so. Renewed, it is another pack.
        let lease = try #require(
            try await bench.broker.leases(LeaseQuery(requester: "bob"), by: Bench.bob).first)
        _ = try await bench.broker.renew(lease.id, ttl: TTL(clamping: 3000), by: Bench.bob)
        #expect(
            await refused {
                try await bench.broker.signOff(
                    Bench.database, period, sha256: first.sha256, note: note, by: Bench.auditor)
            } == .conflict)
        let shown = try await bench.broker.signOff(String(signed.id.rawValue.prefix(8)), by: Bench.auditor)
        #expect(Array(shown.pack.utf8) == first.bytes && shown.sha256 == first.sha256)
        #expect(shown.by.user == "dora" && shown.note == note)
        #expect(try await bench.broker.signOffs(of: Bench.database).map(\.id) == [signed.id])
        #expect(await refused { try await bench.broker.signOff("ffff", by: Bench.auditor) } == .notFound)
        let actions = try await bench.actions()
        #expect(actions.count { $0 == .reviewSignedOff } == 1)
        #expect(actions.count { $0 == .reportRead } == 3)
        await bench.broker.stop()
    }

    @Test("Nobody signs for findings that are not known, nor for a time that is yet to come")
    func unknownFindings() async throws {
        let bench = try await Bench()
        let period = try everything(bench)
        let note = try Reason(parsing: "fine")
        func sign(_ period: ReportPeriod) async throws -> Refusal.Code? {
            let pack = try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor)
            return await refused {
                try await bench.broker.signOff(
                    Bench.database, period, sha256: pack.sha256, note: note, by: Bench.auditor)
            }
        }
        func known(_ isKnown: Bool) async throws {
            try await eventually("findings are known: \(isKnown)") {
                bench.clock.advance(by: .seconds(5))
                return try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor).pack
                    .findingsKnown == isKnown
            }
        }
        try await known(true)
        bench.engine.fail(with: EngineFailure(.unreachable, "down"))
        try await known(false)
        #expect(try await sign(period) == .conflict)
        let later = try ReportPeriod(from: period.from, to: period.to.addingTimeInterval(86_400 * 30))
        #expect(try await sign(later) == .invalidRequest)
        bench.engine.fail(with: nil)
        try await known(true)
        #expect(try await sign(period) == nil)
        #expect(try await bench.broker.signOffs(of: Bench.database).count == 1)
        await bench.broker.stop()
    }

    @Test("A lease that ends after the period stays as it was in the pack; a job signs nothing")
    func frozen() async throws {
        let bench = try await Bench()
        _ = try await bench.ask(Bench.read, by: Bench.bob)
        let period = try everything(bench)
        let before = try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor)
        bench.clock.advance(by: .seconds(60))
        _ = try await bench.broker.revoke(LeaseQuery(requester: "bob"), reason: nil, by: Bench.bob)
        let after = try await bench.broker.accessReview(of: Bench.database, period, by: Bench.auditor)
        #expect(before.sha256 == after.sha256 && after.pack.held.map(\.state) == [.active])
        var job = Bench.auditor
        job.token = TokenIdentity(issuer: "github", subject: "repo:acme/bot", expiresAt: .distantFuture)
        let note = try Reason(parsing: "fine")
        #expect(
            await refused {
                try await bench.broker.signOff(
                    Bench.database, period, sha256: after.sha256, note: note, by: job)
            } == .denied)
        let unknown = DatabaseName(unchecked: "nowhere")
        #expect(
            await refused { try await bench.broker.accessReview(of: unknown, period, by: Bench.auditor) }
                == .notFound)
        await bench.broker.stop()
    }
}
