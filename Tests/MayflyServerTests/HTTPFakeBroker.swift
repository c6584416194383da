import Foundation
import MayflyAPI
import MayflyCore
import MayflyServer
import Synchronization

/// A broker that keeps its word without a database.
final class HTTPFakeBroker: BrokerService {
    struct State {
        var leases: [MayflyCore.Lease] = []
        var issued: [(LeaseRequest, Identity, String?)] = []
        var refused: [AuditEvent] = []
        var reads: [AuditEvent] = []
        var readFailure: Refusal?
        var records: [MayflyCore.AuditRecord] = []
        var checkpoints: [CheckpointEntry] = []
        var revocations: [LeaseQuery] = []
        var roles: Set<Authority> = []
        var lockdowns: [LockdownOrder] = []
        var reaped: [ReapOrder] = []
        /// The calls that brought a code.
        var proofs: [String] = []
    }

    let state = Mutex(State())
    let tethers = Tethers(now: { Date() })
    /// Called before a lease is issued.
    let beforeIssue: @Sendable () async -> Void

    init(beforeIssue: @escaping @Sendable () async -> Void = {}) { self.beforeIssue = beforeIssue }

    var reaped: [ReapOrder] { state.withLock { $0.reaped } }
    var issued: Int { state.withLock { $0.issued.count } }
    var proofs: [String] { state.withLock { $0.proofs } }
    var reads: [AuditEvent] { state.withLock { $0.reads } }
    var refused: [AuditEvent] { state.withLock { $0.refused } }
    var idempotencyKeys: [String?] { state.withLock { $0.issued.map { $0.2 } } }
    var revocations: [LeaseQuery] { state.withLock { $0.revocations } }

    var lockdowns: [LockdownOrder] { state.withLock { $0.lockdowns } }

    func give(_ roles: Set<Authority>) { state.withLock { $0.roles = roles } }

    func ask(_ request: LeaseRequest, approval: String, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Answer
    { try await ask(request, by: identity, idempotencyKey: idempotencyKey) }

    func attach(_ approval: String, to idOrPrefix: String, by identity: Identity) async throws(Refusal)
        -> MayflyCore.AccessRequest
    { throw Refusal(.approvalInvalid, "not here") }

    /// Believes `good-SUBJECT`.
    func identity(bearing token: String) async throws(TokenFailure) -> TokenIdentity {
        guard token.hasPrefix("good-") else { throw token == "down" ? .keysUnavailable : .expired }
        return TokenIdentity(
            issuer: "github", subject: String(token.dropFirst(5)), expiresAt: .distantFuture, id: "t-1")
    }

    static let profile = Profile(
        name: ProfileName(unchecked: "orders-read"), database: DatabaseName(unchecked: "orders"),
        ttl: .init(default: ttl(1800), max: ttl(28_800)), memberOf: ["orders_readonly"])

    static func ttl(_ seconds: Int) -> TTL {
        do { return try TTL(seconds: seconds) } catch { preconditionFailure("\(error)") }
    }

    func ask(_ request: LeaseRequest, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Answer
    {
        await beforeIssue()
        state.withLock { $0.issued.append((request, identity, idempotencyKey)) }
        guard request.profile == Self.profile.name else {
            throw Refusal(.denied, "no access rule lets you", field: "profile", hint: "look")
        }
        let ttl = request.ttl ?? Self.profile.ttl.default
        guard ttl <= Self.profile.ttl.max else {
            throw Refusal(
                .ttlAboveMaximum, "too long", field: "ttl_seconds", figures: ["maximum_ttl_seconds": 28_800])
        }
        let grant = Grant(
            profile: Self.profile, rule: "all", ttl: ttl, maximum: Self.profile.ttl.max,
            person: Person(identity))
        let requester = MayflyCore.Lease.Requester(user: identity.user, uid: identity.uid)
        let now = Date()
        guard let tag = InstallationTag(rawValue: "t1") else { throw Refusal(.internal, "tag") }
        var lease = MayflyCore.Lease(
            id: LeaseID(), requestID: RequestID(), grant: grant, engine: .postgresql, requester: requester,
            reason: request.reason, ticket: request.ticket,
            role: RoleName(tag: tag, requester: "x", random: (0..<13).map { _ in .random(in: 0...255) }),
            now: now, settleBy: now)
        _ = lease.apply(.made(roleOID: 1, validUntil: lease.expiresAt), now: now)
        state.withLock { [lease] in $0.leases.append(lease) }
        return .issued(
            Issued(
                request: MayflyCore.AccessRequest(
                    id: lease.requestID, profile: lease.profile, requester: requester, ttl: request.ttl,
                    reason: request.reason, ticket: request.ticket, createdAt: now, rule: "all",
                    state: .issued,
                    leaseID: lease.id),
                lease: lease,
                credential: Credential(
                    engine: .postgresql, host: "db", port: 5432, database: "orders",
                    username: lease.role.rawValue, password: "s3cret", tls: CredentialTLS(mode: .disable),
                    validUntil: lease.expiresAt),
                grant: grant))
    }

    /// A rule for somebody else, and one for everybody.
    static let policy = Policy(
        rules: [
            AccessRule(name: "for the president", who: [.user("president")], profiles: ["*"]),
            AccessRule(name: "all", who: [.anyone], profiles: ["*"]),
        ], profiles: [profile.name: profile])

    func explain(
        _ request: LeaseRequest, of identity: Identity, at: Date?, by caller: Identity
    ) async throws(Refusal) -> MayflyCore.Explanation {
        Self.policy.explain(request, by: identity, now: at ?? Date())
    }

    func preview(
        _ explanation: MayflyCore.Explanation, of identity: Identity
    ) async throws(Refusal) -> Result<RolePreview, EngineFailure>? {
        guard case .allow = explanation.decision else { return nil }
        return .success(
            RolePreview(
                statements: ["CREATE ROLE x PASSWORD '‹verifier›'"],
                privileges: .init(lines: ["SELECT on table public.orders"])))
    }

    func privileges(
        of lease: MayflyCore.Lease
    ) async throws(Refusal) -> ([MayflyCore.PrivilegeReading], unknown: String?) {
        let reading = MayflyCore.PrivilegeReading(
            database: lease.database, groups: lease.effectiveGroups,
            privileges: .init(lines: ["SELECT on table public.orders"]), hash: "00", readAt: lease.createdAt)
        return ([reading], nil)
    }

    func renew(_ id: LeaseID, ttl: TTL?, by identity: Identity) async throws(Refusal) -> MayflyCore.Lease {
        try await lease(id.rawValue, by: identity)
    }

    func revoke(_ filter: LeaseQuery, reason: Reason?, by identity: Identity) async throws(Refusal)
        -> [MayflyCore.Lease]
    {
        state.withLock { $0.revocations.append(filter) }
        return try await leases(filter, by: identity)
    }

    func tether(_ name: String, by identity: Identity) async throws(Refusal) -> Tether {
        let lease = try await lease(name, by: identity)
        let tether = tethers.hold(lease)
        tethers.tell(.tethered, lease)
        return tether
    }

    func untether(_ name: String, by identity: Identity) async throws(Refusal) -> MayflyCore.Lease {
        let lease = try await lease(name, by: identity)
        tethers.tell(.untethered, lease)
        return lease
    }

    func leases(_ query: LeaseQuery, by identity: Identity) async throws(Refusal) -> [MayflyCore.Lease] {
        state.withLock { state in
            let found = state.leases.reversed().filter { lease in
                (query.ids?.contains(lease.id) ?? true) && (query.states?.contains(lease.state) ?? true)
            }
            let start = query.before.flatMap { id in found.firstIndex { $0.id == id } }.map { $0 + 1 } ?? 0
            return Array(found.dropFirst(start).prefix(query.limit))
        }
    }

    func lease(_ name: String, by identity: Identity) async throws(Refusal) -> MayflyCore.Lease {
        let found = state.withLock { state in
            state.leases.first { $0.id.rawValue.hasPrefix(name) || $0.role.rawValue == name }
        }
        guard let found else { throw Refusal(.notFound, "no lease \(name.quoted())", field: "id") }
        return found
    }

    func sessions(_ query: SessionQuery, by identity: Identity) async throws(Refusal) -> SessionReports {
        SessionReports()
    }

    func session(_ name: String, by identity: Identity) async throws(Refusal) -> SessionReport {
        throw Refusal(.notFound, "no session \(name.quoted())", field: "id")
    }

    func killSession(_ name: String, reason: Reason?, by identity: Identity) async throws(Refusal)
        -> SessionReport
    {
        try await session(name, by: identity)
    }

    func story(of name: String, by identity: Identity) async throws(Refusal) -> LeaseStory {
        LeaseStory(lease: try await lease(name, by: identity))
    }

    func roleReports(of database: DatabaseName?, by identity: Identity) async throws(Refusal) -> RoleReports {
        RoleReports()
    }

    func who(_ name: String, on database: DatabaseName?, by identity: Identity) async throws(Refusal)
        -> MayflyServer.RoleBearer
    {
        throw Refusal(.notFound, "no role \(name.quoted())", field: "id")
    }

    func reap(_ order: ReapOrder, by identity: Identity) async throws(Refusal) -> ReapAnswer {
        state.withLock { $0.reaped.append(order) }
        return ReapAnswer(roles: [], safeMode: .off)
    }

    func requests(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [MayflyCore.AccessRequest]
    { [] }

    func requestsToApprove(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [MayflyCore.AccessRequest]
    { [] }

    func request(_ id: String, by identity: Identity) async throws(Refusal) -> MayflyCore.AccessRequest {
        throw Refusal(.notFound, "no request \(id)", field: "id")
    }

    func context(of request: MayflyCore.AccessRequest, for identity: Identity) async throws(Refusal)
        -> ApproverContext?
    { nil }

    func vote(_ verdict: Vote.Verdict, on id: String, reason: Reason?, by identity: Identity)
        async throws(Refusal) -> MayflyCore.AccessRequest
    { try await request(id, by: identity) }

    func withdraw(_ id: String, by identity: Identity) async throws(Refusal) -> MayflyCore.AccessRequest {
        try await request(id, by: identity)
    }

    func redeem(_ id: String, by identity: Identity, idempotencyKey: String?) async throws(Refusal) -> Issued
    {
        throw Refusal(.notFound, "no request \(id)", field: "id")
    }

    func extend(
        _ id: String, ttl: TTL, reason: Reason?, ticket: Ticket?, by identity: Identity,
        idempotencyKey: String?
    ) async throws(Refusal) -> ExtensionAnswer {
        ExtensionAnswer(request: try await request(id, by: identity), lease: nil)
    }

    func reviews(
        _ states: Set<MayflyCore.Review.State>?, mine: Bool, before: ReviewID?, limit: Int,
        by identity: Identity
    ) async throws(Refusal) -> [ReviewReport] { [] }

    func review(_ id: String, by identity: Identity) async throws(Refusal) -> ReviewReport {
        throw Refusal(.notFound, "no review \(id)", field: "id")
    }

    func conclude(
        _ id: String, _ verdict: MayflyCore.Review.Verdict, note: Reason, by identity: Identity
    ) async throws(Refusal) -> ReviewReport { try await review(id, by: identity) }

    func accessReport(_ query: ReportQuery, before: LeaseID?, limit: Int, by identity: Identity)
        async throws(Refusal) -> [ReportedLease]
    { [] }
    func breakGlassReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal)
        -> [ReportedLease]
    { [] }
    func approvalsReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal) -> ApprovalTally {
        ApprovalTally()
    }
    func unusedReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal) -> UnusedRights {
        UnusedRights(profiles: [], rules: [])
    }
    func accessReview(of database: DatabaseName, _ period: ReportPeriod, by identity: Identity)
        async throws(Refusal) -> SealedPack
    { throw Refusal(.notFound, "not here") }
    func signOffs(of database: DatabaseName) async throws(Refusal) -> [MayflyCore.SignOff] { [] }
    func signOff(
        _ database: DatabaseName, _ period: ReportPeriod, sha256: String, note: Reason, by identity: Identity
    ) async throws(Refusal) -> MayflyCore.SignOff { throw Refusal(.notFound, "not here") }
    func signOff(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> MayflyCore.SignOff {
        throw Refusal(.notFound, "not here")
    }

    func reviewCounts() async throws(Refusal) -> ReviewCounts { ReviewCounts(open: 2, overdue: 1) }

    func lockDown(_ order: LockdownOrder, by identity: Identity) async throws(Refusal) -> LockdownStart {
        state.withLock { $0.lockdowns.append(order) }
        let lockdown = MayflyCore.Lockdown(
            scope: .everything, reason: order.reason,
            by: .init(user: identity.user, uid: identity.uid), since: Date(), until: nil,
            revokes: order.revokes)
        return LockdownStart(lockdown: lockdown, leases: [])
    }

    func endLockdown(_ id: String, reason: Reason, by identity: Identity) async throws(Refusal)
        -> MayflyCore.Lockdown
    {
        throw Refusal(.notFound, "no lockdown \(id)", field: "id")
    }

    func lockdowns(ended: Bool, by identity: Identity) async throws(Refusal) -> [MayflyCore.Lockdown] { [] }

    /// The one code that it takes, again and again.
    static let code = "123456"

    func prove(_ code: OneTimeCode, for call: String, by identity: Identity) async throws(Refusal) -> MFAProof
    {
        state.withLock { $0.proofs.append(call) }
        guard code.text == Self.code else { throw Refusal(.mfaInvalid, "the code is wrong", field: "code") }
        return MFAProof(at: Date())
    }

    func enrol(by identity: Identity) async throws(Refusal) -> EnrolledSecret {
        throw Refusal(.mfaUnavailable, "there are no second factors here")
    }

    func confirmEnrolment(_ code: OneTimeCode, by identity: Identity) async throws(Refusal) -> MFAStanding {
        try await mfaStanding(of: identity)
    }

    func mfaStanding(of identity: Identity) async throws(Refusal) -> MFAStanding {
        MFAStanding(person: Person(identity), isOffered: false, enrolment: nil)
    }

    func resetMFA(of name: String, _ user: Identity?, reason: Reason, by identity: Identity)
        async throws(Refusal) -> MFAStanding
    { MFAStanding(person: user.map(Person.init) ?? Person(rawValue: name), isOffered: false, enrolment: nil) }

    func offers(to identity: Identity) async throws(Refusal) -> [Offer] {
        [
            Offer(
                grant: Grant(
                    profile: Self.profile, rule: "all", ttl: Self.profile.ttl.default,
                    maximum: Self.profile.ttl.max,
                    person: Person(identity)), engine: .postgresql, active: 1)
        ]
    }

    func roles(of identity: Identity) async -> Set<Authority> { state.withLock { $0.roles } }

    func audit(_ query: AuditQuery, by identity: Identity) async throws(Refusal) -> [MayflyCore.AuditRecord] {
        state.withLock { state in
            let found = state.records.filter { $0.sequence > (query.after ?? 0) }
            return query.newest ? found.suffix(query.limit) : Array(found.prefix(query.limit))
        }
    }

    func append(_ action: AuditEvent.Action) {
        state.withLock { state in
            state.records.append(
                AuditRecord(
                    sequence: Int64(state.records.count + 1),
                    event: AuditEvent(at: Date(), actor: .broker, action: action), previousHash: "a",
                    hash: "b"))
        }
    }

    func databases(by identity: Identity) async throws(Refusal) -> [DatabaseHealth] {
        [
            DatabaseHealth(
                name: Self.profile.database, engine: .postgresql,
                health: EngineHealth(
                    reachable: false, failure: EngineFailure(.unreachable, "db1.internal is down")),
                liveLeases: 0, due: 0, checkedAt: nil, retired: false,
                findings: [Finding(.error, "reach", "down")])
        ]
    }

    func notificationTargets() async throws(Refusal) -> [TargetHealth] {
        [TargetHealth(name: "chat", kind: "webhook", deliveredUpTo: 6, lag: 1)]
    }

    func health() async -> BrokerHealth {
        BrokerHealth(status: .ok, version: "0.1", installation: "test", startedAt: Date())
    }

    func metrics() async -> [Metric] {
        [
            Metric(
                "mayfly_leases", .gauge, help: "Live\nleases.",
                samples: [.init(2, labels: ["profile": "a\"b\\c"]), .init(0.5)])
        ]
    }

    func recordRefused(_ event: AuditEvent) async { state.withLock { $0.refused.append(event) } }

    func recordRead(_ event: AuditEvent) async throws(Refusal) {
        let failure = state.withLock { state in
            if state.readFailure == nil { state.reads.append(event) }
            return state.readFailure
        }
        if let failure { throw failure }
    }

    /// What happens to records of reads from now on.
    func failReads(with failure: Refusal?) { state.withLock { $0.readFailure = failure } }

    func trail(after: Int64, limit: Int) async throws(Refusal) -> [TrailEntry] {
        state.withLock { state in
            state.records.filter { $0.sequence > after }.prefix(limit).map { record in
                TrailEntry(sequence: record.sequence, body: [], hash: record.hash, record: record)
            }
        }
    }

    func checkpoints(_ query: CheckpointQuery) async throws(Refusal) -> [SignedCheckpoint] { [] }

    func checkpointTrail(after: Int64, limit: Int) async throws(Refusal) -> [CheckpointEntry] {
        state.withLock { state in Array(state.checkpoints.filter { $0.number > after }.prefix(limit)) }
    }

    /// What an export finds of checkpoints.
    func keep(_ checkpoints: [CheckpointEntry]) { state.withLock { $0.checkpoints = checkpoints } }
}
