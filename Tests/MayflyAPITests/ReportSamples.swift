import MayflyAPI

extension Samples {
    static let decision = AccessDecision(
        step: "owner", verdict: .approve, user: "bob", person: "bob", at: now, seconds: 12, reason: "fine",
        authority: "chat")
    static let verdict = AccessVerdict(
        id: "v", state: .done, dueAt: now, verdict: .justified, note: "looked", by: "bob", at: now,
        seconds: 60)
    static let span = SessionSpan(from: now, to: now)
    static let accessEntry = AccessEntry(
        leaseId: "l", requestId: "r", requester: "alice", requesterUid: 1001, requesterIdentity: "uid:1001",
        person: "alice", database: "orders", profile: "orders-read", role: "mf_eu1_alice_aaaaaaaaaaaaa",
        memberOf: ["g"], tables: ["orders"], columns: ["customers.id"], reason: "a", ticket: "T-1",
        askedAt: now, issuedAt: now, expiresAt: now, endedAt: now, state: .revoked, endReason: .expired,
        allowedBy: .people, rule: "developers", decisions: [decision], review: verdict, askedSeconds: 60,
        givenSeconds: 60, livedSeconds: 30, sessions: 1, statements: 2, tablesTouched: ["orders"],
        sessionSpans: [span])
    static let approver = ApproverFigures(
        person: "bob", users: ["bob"], decided: 3, approved: 2, denied: 1, attested: 1, medianSeconds: 12,
        p10Seconds: 4, quick: 2, quickPercent: 67, deniedPercent: 33)
    static let profileUse = ProfileUse(
        profile: "orders-read", database: "orders", leases: 1, people: 1, lastIssuedAt: now,
        maximumSeconds: 3600, longestAskedSeconds: 60, longestGivenSeconds: 60, longestLivedSeconds: 30,
        enoughSeconds: 60, unusedLeases: 1)
    static let ruleUse = RuleUse(rule: "developers", outcome: .automatic, requests: 1)
    static let ruleInForce = RuleInForce(
        name: "developers", outcome: .approval, who: ["group:dev"], profiles: ["orders-*"],
        maximumSeconds: 3600, approval: ["owner: 1 of user:bob"], windows: ["mon 08:00-18:00 GMT"],
        validUntil: now, reviewers: ["user:bob"])
    static let reviewedProfile = ReviewedProfile(
        name: "orders-read", description: "d", memberOf: ["g"], grants: ["select on all tables"],
        defaultSeconds: 60, maximumSeconds: 3600, rules: ["developers"], leases: 1)
    static let pack = AccessReviewPack(
        installation: "x", database: "orders", engine: .postgresql, mode: .guard, from: now, to: now,
        rules: [ruleInForce], profiles: [reviewedProfile], held: [accessEntry], leases: [accessEntry],
        findings: [finding], findingsKnown: true)
    static let signOff = SignOff(
        id: "s", database: "orders", from: now, to: now, sha256: "00", by: "alice", byUid: 1001, at: now,
        note: "a")

    static let reports: [any WireObject] = [
        decision, verdict, span, accessEntry,
        AccessReport(from: now, to: now, entries: [accessEntry], next: "n"),
        BreakGlassReport(
            from: now, to: now, entries: [accessEntry], waiting: 1, overdue: 1, justified: 1, unjustified: 1,
            medianReviewSeconds: 60),
        approver,
        ApprovalsReport(
            from: now, to: now, requests: 1, approved: 1, denied: 1, expired: 1, withdrawn: 1, waiting: 1,
            approvers: [approver], together: approver, quickSeconds: 30, definitions: ["d"]),
        profileUse, ruleUse,
        UnusedReport(
            from: now, to: now, profiles: [profileUse], rules: [ruleUse], leases: [accessEntry], unknown: 1),
        ruleInForce, reviewedProfile, pack, signOff,
        AccessReview(pack: pack, sha256: "00", signOffs: [signOff]),
        SignOffRequest(from: now, to: now, sha256: "00", note: "a"),
        SignedPack(signOff: signOff, pack: "{}"),
    ]
}
