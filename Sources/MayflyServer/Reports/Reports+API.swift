import Foundation
import MayflyAPI
import MayflyCore

extension BreakGlassReport {
    init(_ period: ReportPeriod, _ leases: [ReportedLease]) {
        let verdicts = leases.compactMap { $0.review?.finding?.verdict }
        let waiting = leases.compactMap { entry in
            entry.review.flatMap { $0.finding == nil ? $0.state(at: entry.asOf) : nil }
        }
        let times = Distribution(leases.compactMap { $0.reviewSeconds.map(TimeInterval.init) })
        self.init(
            from: period.from, to: period.to, entries: leases.map { AccessEntry($0) },
            waiting: waiting.count { $0 == .open }, overdue: waiting.count { $0 == .overdue },
            justified: verdicts.count { $0 == .justified },
            unjustified: verdicts.count { $0 == .unjustified },
            medianReviewSeconds: times.median.map { Int($0) })
    }
}

extension ApprovalsReport {
    init(_ period: ReportPeriod, _ tally: ApprovalTally) {
        let (each, together) = tally.figures
        self.init(
            from: period.from, to: period.to, requests: tally.requests,
            approved: tally.count(.approved, .issued), denied: tally.count(.denied),
            expired: tally.count(.expired), withdrawn: tally.count(.withdrawn),
            waiting: tally.count(.pending), approvers: each.map { MayflyAPI.ApproverFigures($0) },
            together: MayflyAPI.ApproverFigures(together),
            quickSeconds: Int(MayflyCore.ApproverFigures.quick), definitions: ApprovalTally.definitions)
    }
}

extension MayflyAPI.ApproverFigures {
    init(_ figures: MayflyCore.ApproverFigures) {
        self.init(
            person: figures.person?.rawValue, users: figures.users, decided: figures.decided,
            approved: figures.approved, denied: figures.denied, attested: figures.attested,
            medianSeconds: figures.waits.median.map { Int($0.rounded()) },
            p10Seconds: figures.waits.percentile(10).map { Int($0.rounded()) }, quick: figures.quickly,
            quickPercent: figures.quickPercent, deniedPercent: figures.deniedPercent)
    }
}

extension UnusedReport {
    init(_ period: ReportPeriod, _ unused: UnusedRights) {
        self.init(
            from: period.from, to: period.to,
            profiles: unused.profiles.map { MayflyAPI.ProfileUse($0.use, of: $0.profile) },
            rules: unused.rules.map {
                RuleUse(rule: $0.rule.name, outcome: RuleOutcome($0.rule.outcome), requests: $0.requests)
            },
            leases: unused.leases.map { AccessEntry($0) }, unknown: unused.unknown)
    }
}

extension MayflyAPI.ProfileUse {
    init(_ use: MayflyCore.ProfileUse, of profile: Profile) {
        self.init(
            profile: use.name.rawValue, database: profile.database.rawValue, leases: use.leases,
            people: use.people.count, lastIssuedAt: use.lastIssuedAt, maximumSeconds: profile.ttl.max.seconds,
            longestAskedSeconds: use.longestAsked, longestGivenSeconds: use.longestGiven,
            longestLivedSeconds: use.longestLived, enoughSeconds: use.enough(under: profile.ttl.max),
            unusedLeases: use.unused)
    }
}

extension MayflyAPI.SignOff {
    init(_ signOff: MayflyCore.SignOff) {
        self.init(
            id: signOff.id.rawValue, database: signOff.database.rawValue, from: signOff.period.from,
            to: signOff.period.to, sha256: signOff.sha256, by: signOff.by.shown, byUid: signOff.by.uid,
            at: signOff.at, note: signOff.note.rawValue)
    }
}
