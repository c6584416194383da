import Foundation
import MayflyAPI

/// Entries to write reports of.
enum ReportSample {
    /// 2026-07-30 12:00 UTC.
    static let start = Date(timeIntervalSince1970: 1_785_412_800)

    static func entry(
        _ user: String = "alice", person: String? = nil, profile: String = "orders-read",
        at minute: Double = 0, for minutes: Double = 30, ttl: Double = 30, isHeld: Bool = false,
        reason: String? = "INC-12", ticket: String? = nil, by allowed: AllowedBy = .automatic,
        decisions: [AccessDecision] = [], review: AccessVerdict? = nil, sessions: Int? = nil,
        spans: [SessionSpan]? = nil
    ) -> AccessEntry {
        let began = start.addingTimeInterval(minute * 60)
        return AccessEntry(
            leaseId: "6c1d0c5e-0000-4000-8000-000000000000", requestId: "r", requester: user,
            requesterUid: 1001, requesterIdentity: "uid:1001", person: person ?? user, database: "orders",
            profile: profile, role: "mf_eu1_alice_aaaaaaaaaaaaa", memberOf: ["g"], reason: reason,
            ticket: ticket, askedAt: began, issuedAt: began, expiresAt: began.addingTimeInterval(ttl * 60),
            endedAt: isHeld ? nil : began.addingTimeInterval(minutes * 60),
            state: isHeld ? .active : .revoked, endReason: isHeld ? nil : .expired, allowedBy: allowed,
            rule: "developers", decisions: decisions, review: review, givenSeconds: Int(ttl * 60),
            livedSeconds: Int(minutes * 60), sessions: sessions, sessionSpans: spans)
    }

    static func decision(_ user: String, after seconds: Int, _ verdict: Verdict = .approve) -> AccessDecision
    {
        AccessDecision(
            step: "owner", verdict: verdict, user: user, person: user,
            at: start.addingTimeInterval(TimeInterval(seconds)), seconds: seconds)
    }
}
