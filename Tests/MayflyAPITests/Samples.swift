import Foundation
import MayflyAPI

/// One value of every wire type with every member set.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_785_412_800.123)

    static let request = AccessRequest(
        id: "r", state: .issued, profile: "orders-read", requester: "alice", requesterUid: 1001,
        requesterIdentity: "uid:1001",
        person: "alice", ttlSeconds: 1800,
        reason: "a", ticket: "T-1", createdAt: now, decision: .allow, rule: "developers", leaseId: "l",
        memberOf: ["g"], tables: ["orders"], columns: ["customers.id"], steps: [step], votes: [vote],
        pendingUntil: now, approvedAt: now, startAt: now,
        redeemBy: now, extendsLeaseId: "l", extendsTo: now, detail: "down", context: context)
    static let step = StepStatus(
        name: "owner", state: .current, approvers: ["group:owners"], count: 2, approved: 1, mfa: true,
        escalatesAt: now)
    static let vote = VoteStatement(
        step: "owner", verdict: .approve, user: "bob", person: "bob", reason: "fine", at: now,
        authority: "chat")
    static let earlier = EarlierRequest(
        id: "e", state: .denied, createdAt: now, ttlSeconds: 60, reason: "a")
    static let flag = RequestFlag(kind: "first_request", figures: ["earlier": 0])
    static let context = RequestContext(
        earlier: [earlier], lastAccessAt: now, activeLeases: [lease], flags: [flag],
        privileges: ["SELECT on public.orders"], privilegesUnknown: "the server cannot be reached")
    static let lease = Lease(
        id: "l", requestId: "r", profile: "orders-read", database: "orders", engine: .postgresql,
        role: "mf_eu1_alice_aaaaaaaaaaaaa", requester: "alice", requesterUid: 1001,
        requesterIdentity: "uid:1001", reason: "a",
        ticket: "T-1",
        state: .locked, tethered: true, breakGlass: true, tables: ["orders"], columns: ["customers.id"],
        narrowedGroup: "mfn_eu1_0", createdAt: now, expiresAt: now, endsLatestAt: now,
        endedAt: now,
        endReason: .expired,
        detail: ["owns table t"], statementForDba: "DROP ROLE x", attempts: 3, nextAttemptAt: now,
        mode: .guard)
    static let credential = Credential(
        engine: .postgresql, host: "db", port: 5432, database: "orders",
        username: "mf_eu1_alice_aaaaaaaaaaaaa",
        password: "hunter2-hunter2", tls: CredentialTLS(mode: .verifyFull, ca: "/ca.pem"), validUntil: now)
    static let profile = ProfileSummary(
        name: "orders-read", database: "orders", engine: .postgresql, description: "d",
        ttlDefaultSeconds: 1800,
        ttlMaximumSeconds: 3600, rule: "developers", memberOf: ["g"], connectionLimit: 10,
        settings: ["statement_timeout": "60s"], active: 1, maxActivePerPerson: 3, maxActiveTotal: 200,
        decision: .needsApproval, breakGlass: false, reasonRequired: false, retired: false,
        lockdown: "there is a lockdown")
    static let actor = AuditActor(user: "alice", uid: 1001, pid: 7, token: bearer)
    static let bearer = TokenBearer(issuer: "github", subject: "repo:acme/orders", id: "t", expiresAt: now)
    static let record = AuditRecord(
        seq: 1, version: 3, at: now, actor: actor, action: "lease.active", outcome: "done", callId: "c",
        requestId: "r", leaseId: "l",
        database: "orders", profile: "orders-read", role: "mf", reason: "a", rule: "developers",
        durationMs: 7, details: ["k": "v"], previousHash: "00", hash: "01")
    static let checkpoint = AuditCheckpoint(
        version: 1, installation: "x", number: 2, previous: "00", at: now, seq: 7, hash: "01", prunedSeq: 3,
        prunedHash: "02", key: "03", nextKey: "04", signature: Data([1]))
    static let damaged = DamagedRecord(seq: 1, number: 3, what: "w", body: Data([2]), hash: "01")
    static let finding = Finding(level: .warning, message: "m", fix: "f")
    static let database = DatabaseStatus(
        name: "orders", engine: .postgresql, reachable: true, serverVersion: "15.1", guardVersion: "1",
        mode: .guard, liveLeases: 1, due: 0, lastError: "e", checkedAt: now, clockSkewSeconds: 0.5,
        retired: false, safeMode: false,
        findings: [finding])
    static let review = Review(
        id: "v", state: .done, requester: "alice", requesterUid: 1001, person: "alice",
        profile: "orders-write",
        database: "orders", rule: "emergency", reason: "a", lease: lease, createdAt: now, dueAt: now,
        overdueAt: now, suspends: true, reviewers: ["group:dba"], mayReview: false, verdict: .unjustified,
        note: "b", reviewedBy: "dora", reviewedAt: now)
    static let lockdown = Lockdown(
        id: "k", scope: "database orders", database: "orders", profile: "orders-read", user: "alice",
        person: "alice", reason: "a", since: now, until: now, revoke: true, inForce: false, startedBy: "dora",
        endedAt: now, endedBy: "dora", endReason: "b")
    static let signer = SignerStatus(name: "github", keys: 2, updatedAt: now, problem: "down")
    static let stateHealth = StateHealth(writable: false, error: "disk full")

    static let explanation = Explanation(
        profile: "orders-read", requester: "alice", person: "uid:1001", at: now, decision: .deny,
        breakGlass: false, tables: ["orders"], columns: ["customers.id"],
        rule: "developers", code: "denied", detail: "d", hint: "h", ttlSeconds: 60, ttlMaximumSeconds: 3600,
        endsBy: now, rules: [ExplainedRule(number: 1, name: "developers", decides: true, why: "decides")],
        demands: [ExplainedDemand(kind: "reason", text: "a reason", met: false)],
        steps: [
            ExplainedStep(
                name: "owner", approvers: ["group:owners"], count: 1, mfa: true,
                escalations: [ExplainedEscalation(afterSeconds: 900, to: ["group:leads"])])
        ], pendingForSeconds: 3600, redeemWithinSeconds: 600,
        reviewers: ["group:security"], reviewWithinSeconds: 86_400, flags: [flag], mfa: .pending,
        preview: preview)

    static let privilege = PrivilegeEntry(
        kind: "table", name: "public.orders", privileges: ["SELECT"], everybody: false)
    static let preview = ServerPreview(statements: ["CREATE ROLE x"], privileges: [privilege], unknown: "u")
    static let reading = PrivilegeReading(
        readAt: now, confirmedAt: now, sha256: "00", entries: [privilege], cut: false)

    static let notification = NotificationMessage(
        version: 1, id: "x.7.0123456789ab.issued", event: .issued, at: now, installation: "x", actor: actor,
        summary: "s", recipients: ["user:alice"], reason: "a",
        request: notifiedRequest, lease: notifiedLease, details: ["k": "v"])
    static let notifiedRequest = NotifiedRequest(
        id: "r", state: .issued, profile: "orders-read", requester: "alice", ttlSeconds: 1800, reason: "a",
        ticket: "T-1", rule: "developers", step: "owner")
    static let notifiedLease = NotifiedLease(
        id: "l", state: .active, profile: "orders-read", database: "orders", role: "mf", requester: "alice",
        expiresAt: now)
    static let target = NotificationTargetStatus(
        name: "chat", kind: "webhook", deliveredUpTo: 7, lag: 2, waitingSince: now, failures: 3,
        failingSince: now,
        lastFailure: "answered 500", nextAttemptAt: now, lastDeliveredAt: now)

    static let serverRole = ServerRole(
        database: "orders", engine: .postgresql, role: "mf_eu1_alice_aaaaaaaaaaaaa", state: .orphan,
        alterations: ["is SUPERUSER"], leaseId: "l", leaseState: .active, profile: "orders-read",
        requester: "alice", reason: "a", ticket: "T-1", approvedBy: ["bob"], since: now, until: now,
        canLogin: true, sessions: 1, groups: ["g"], privileges: 2, ownedObjects: 1, ownedBytes: 8192,
        comment: "mayfly", statementForDba: "SELECT 1")
    static let unavailable = UnavailableDatabase(database: "stock", problem: "down")
    static let roleBearer = RoleBearer(
        role: "mf_eu1_alice_aaaaaaaaaaaaa", database: "orders", source: "state", installation: "x",
        lease: lease, leaseId: "l", requester: "alice", approvedBy: ["bob"], since: now, until: now,
        sessions: 1)
    static let reaped = ReapedRole(role: serverRole, outcome: .dropped, detail: "d")

    static let session = Session(
        id: "s", leaseId: "l", database: "orders", profile: "orders-read", role: "mf", requester: "alice",
        standby: "b", number: 4711, startedAt: now, startKnown: true, lastSeenAt: now, endedAt: now,
        how: .client,
        inDatabase: "orders", clientAddress: "10.0.0.7", clientPort: 52_114, application: "psql",
        encrypted: true,
        tlsVersion: "TLSv1.3", cipher: "AES", unlikeEarlier: ["new_address"], state: "idle", stateSince: now,
        transactionSince: now, source: "look", timeline: [entry], limits: ["l"], next: 7)
    static let coverage = SessionCoverage(
        database: "orders", looksEverySeconds: 1.5, problem: "down",
        standbysUnanswered: ["b"], statementsProblem: "s", endingsUnread: 1)
    static let entry = TimelineEntry(
        at: now, kind: "session", action: "session.started", outcome: "done", who: "broker", text: "t",
        sessionId: "s")

    static let all: [any WireObject] =
        [
            session, coverage, SessionList(sessions: [session], next: "n", coverage: [coverage]),
            KillSession(reason: "a"),
            entry, LeaseTimeline(lease: lease, entries: [entry], sessions: 1, limits: ["l"], next: 7),
            serverRole, unavailable,
            ServerRoleList(roles: [serverRole], unavailable: [unavailable], safeMode: ["orders"]), roleBearer,
            reaped,
            ReapReply(database: "orders", dryRun: true, safeMode: true, roles: [reaped]),
            ReapRequest(dryRun: true, keep: true, roles: ["mf"], reason: "a"),
            request, lease, credential, credential.tls, profile, actor, record, finding, database,
            stateHealth,
            WhoAmI(
                user: "alice", uid: 1001, groups: ["g"], roles: [.auditor], pid: 7, mfa: .active,
                token: bearer),
            bearer,
            ProfileList(profiles: [profile]),
            CreateRequest(
                profile: "orders-read", ttlSeconds: 60, reason: "a", ticket: "T-1", tethered: true,
                startAt: now,
                breakGlass: true, tables: ["orders"], columns: ["customers.id"], approval: "a.b.c"),
            step, vote, earlier, flag, context, DecideRequest(reason: "a"), AttachApproval(approval: "a.b.c"),
            ExtendRequest(ttlSeconds: 60, reason: "a", ticket: "T-1"),
            ExtendReply(request: request, lease: lease),
            ExplainRequest(
                profile: "orders-read", ttlSeconds: 60, reason: "a", ticket: "T-1", breakGlass: true,
                tables: ["orders"], columns: ["customers.id"], as: "user:bob",
                at: "2026-07-30T12:00:00Z", preview: true),
            privilege, preview, reading,
            LeasePrivileges(leaseId: "l", memberOf: ["g"], readings: [reading], unknown: "u"),
            explanation, explanation.rules[0], explanation.demands[0], explanation.steps[0],
            explanation.steps[0].escalations[0],
            TetherEvent(event: .tethered, lease: lease),
            RequestList(requests: [request], next: "n"),
            RequestReply(request: request, lease: lease, credential: credential),
            LeaseList(leases: [lease], next: "n"),
            RenewRequest(ttlSeconds: 60), RevokeRequest(reason: "a"),
            RevokeFilter(
                ids: ["l"], database: "orders", profile: "orders-read", requester: "alice", all: true,
                reason: "a"
            ),
            RevokeResult(leases: [lease]), AuditList(records: [record], next: 1),
            checkpoint, AuditCheckpointList(checkpoints: [checkpoint], next: 2), damaged,
            AuditMark(checkpoint: checkpoint, damaged: damaged, end: 7),
            DatabaseList(databases: [database]),
            signer,
            Health(
                status: .degraded, version: "1", installation: "x", startedAt: now, state: stateHealth,
                audit: "x", auditTrouble: "y", checkpointAt: now, checkpointSeq: 7, lockdowns: 1,
                signers: [signer]),
            review, ReviewList(reviews: [review], next: "n", open: 1, overdue: 1),
            ConcludeReview(verdict: .justified, note: "a"),
            lockdown, LockdownList(lockdowns: [lockdown]), LockdownReply(lockdown: lockdown, leases: [lease]),
            StartLockdown(
                database: "orders", profile: "orders-read", user: "alice", reason: "a", forSeconds: 60,
                revoke: true),
            EndLockdown(reason: "a"),
            notification, notifiedRequest, notifiedLease, target, NotificationTargetList(targets: [target]),
            MFAStatus(
                person: "alice", user: "alice", state: .active, offered: true, enrolledAt: now,
                confirmedAt: now,
                lastUsedAt: now, wrongCodes: 1, lockedUntil: now),
            MFASecret(
                secret: "JBSWY3DP", uri: "otpauth://totp/x", issuer: "Mayfly", account: "alice", digits: 6,
                periodSeconds: 30),
            ConfirmMFARequest(code: "123456"), ResetMFARequest(who: "alice", reason: "a"),
            Problem(.denied, detail: "d", instance: "i", field: "f", hint: "h"),
        ] + reports
}
