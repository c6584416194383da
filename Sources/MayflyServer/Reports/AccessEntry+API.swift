import Foundation
import MayflyAPI
import MayflyCore

extension AccessEntry {
    /// - Parameter isFrozen: what came after `asOf` is left out, so that the same question gets the same answer later.
    init(_ reported: ReportedLease, isFrozen: Bool = false) {
        let (lease, request) = (reported.lease, reported.request)
        // Over by now, and not yet then.
        let isStill = isFrozen && lease.endedAt.map { $0 > reported.asOf } ?? false
        // How a lease is used goes on until it ends, and is read in the server's log even later.
        let use = isFrozen ? LeaseUse.unknown : reported.use
        self.init(
            leaseId: lease.id.rawValue, requestId: lease.requestID.rawValue, requester: lease.requester.user,
            requesterUid: lease.requester.uid, requesterIdentity: lease.requester.key,
            person: lease.requester.person.rawValue, database: lease.database.rawValue,
            profile: lease.profile.rawValue, role: lease.role.rawValue, memberOf: lease.effectiveGroups,
            tables: lease.narrowing?.wholeTables, columns: lease.narrowing?.singleColumns,
            reason: lease.reason?.rawValue, ticket: lease.ticket?.rawValue, askedAt: request.createdAt,
            issuedAt: lease.createdAt, expiresAt: lease.expiresAt, endedAt: isStill ? nil : lease.endedAt,
            state: isStill ? .active : LeaseState(lease.state),
            endReason: isStill ? nil : lease.endReason.map { EndReason($0) },
            allowedBy: MayflyAPI.AllowedBy(reported.allowedBy), rule: request.rule,
            decisions: reported.votes.map { AccessDecision($0) },
            review: reported.review.map { AccessVerdict($0, reported) },
            askedSeconds: request.ttl?.seconds, givenSeconds: reported.givenSeconds,
            livedSeconds: reported.livedSeconds, sessions: use.sessions, statements: use.statements,
            tablesTouched: use.tables,
            sessionSpans: use.spans?.map { SessionSpan(from: $0.from, to: $0.to) })
    }
}

extension AccessDecision {
    init(_ timed: TimedVote) {
        let vote = timed.vote
        self.init(
            step: timed.step, verdict: Verdict(vote.verdict), user: vote.identity.user,
            person: vote.person.rawValue, at: vote.at, seconds: timed.seconds.map { Int($0.rounded()) },
            reason: vote.reason?.rawValue, authority: vote.authority)
    }
}

extension AccessVerdict {
    init(_ review: MayflyCore.Review, _ reported: ReportedLease) {
        self.init(
            id: review.id.rawValue, state: ReviewState(review.state(at: reported.asOf)), dueAt: review.dueAt,
            verdict: review.finding.map { ReviewVerdict($0.verdict) }, note: review.finding?.note.rawValue,
            by: review.finding?.by.user, at: review.finding?.at, seconds: reported.reviewSeconds)
    }
}

extension MayflyAPI.AllowedBy {
    init(_ allowed: MayflyCore.AllowedBy) {
        switch allowed {
        case .automatic: self = .automatic
        case .people: self = .people
        case .signedApproval: self = .signedApproval
        case .breakGlass: self = .breakGlass
        }
    }
}

extension RuleOutcome {
    init(_ outcome: AccessRule.Outcome) {
        switch outcome {
        case .automatic: self = .automatic
        case .approval: self = .approval
        case .breakGlass: self = .breakGlass
        case .deny: self = .deny
        }
    }
}
