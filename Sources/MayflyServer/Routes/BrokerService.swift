package import Foundation
package import MayflyCore

/// What the routes ask of the broker: the use cases. The seam between HTTP and the rest.
///
/// The routes know who may call what (`Route.access`); which data a caller sees is decided behind this line, by
/// identity: a requester sees their own, auditors and administrators see all, administrators may revoke all.
/// Somebody else's lease gets the same answer as one that does not exist.
package protocol BrokerService: Sendable {
    /// Who the bearer of a token is: one of a configured issuer, made for this installation, and valid now.
    func identity(bearing token: String) async throws(TokenFailure) -> TokenIdentity

    /// Decides on a request and, if it is allowed, makes the lease. The one place where a password leaves.
    /// - Parameter idempotencyKey: repeats a create after a lost reply, for the same caller.
    func ask(_ request: LeaseRequest, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Answer

    /// The same for a request that arrives with a signed approval.
    func ask(_ request: LeaseRequest, approval: String, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Answer
    /// Hands in a signed approval for a request that waits.
    func attach(_ approval: String, to idOrPrefix: String, by identity: Identity) async throws(Refusal)
        -> AccessRequest

    /// Approves a request or denies it, which takes a reason.
    /// - Parameter idOrPrefix: a request's id, or the beginning of one (4 characters or more); from outside, not parsed.
    func vote(_ verdict: Vote.Verdict, on idOrPrefix: String, reason: Reason?, by identity: Identity)
        async throws(Refusal) -> AccessRequest
    func withdraw(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> AccessRequest
    /// Makes the lease of an approved request. The other place where a password leaves.
    func redeem(_ idOrPrefix: String, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Issued
    /// Asks for more time than the lease was given.
    func extend(
        _ idOrRoleOrPrefix: String, ttl: TTL, reason: Reason?, ticket: Ticket?, by identity: Identity,
        idempotencyKey: String?
    )
        async throws(Refusal) -> ExtensionAnswer

    /// Checks the code of a call, which is used up by it. The proof is good for this call.
    /// - Parameter call: the route, for the record.
    func prove(_ code: OneTimeCode, for call: String, by identity: Identity) async throws(Refusal) -> MFAProof
    /// Makes a secret for the caller's second factor: its first code confirms it.
    func enrol(by identity: Identity) async throws(Refusal) -> EnrolledSecret
    func confirmEnrolment(_ code: OneTimeCode, by identity: Identity) async throws(Refusal) -> MFAStanding
    func mfaStanding(of identity: Identity) async throws(Refusal) -> MFAStanding
    /// Takes another's second factor away. For administrators.
    /// - Parameters:
    ///   - name: a person of the configuration or a user, from outside, not parsed.
    ///   - user: the account of that name, where there is one.
    func resetMFA(of name: String, _ user: Identity?, reason: Reason, by identity: Identity)
        async throws(Refusal) -> MFAStanding

    /// What would be decided on a request of `identity`'s, and why; nothing is recorded.
    /// - Parameters:
    ///   - at: when; nil for now.
    ///   - caller: who asks: auditors and administrators about others too.
    func explain(_ request: LeaseRequest, of identity: Identity, at: Date?, by caller: Identity)
        async throws(Refusal) -> Explanation

    /// What a request that was explained would have its server do, and would give: nothing is done. Nil where it would not be
    /// given.
    func preview(_ explanation: Explanation, of identity: Identity)
        async throws(Refusal) -> Result<RolePreview, EngineFailure>?

    /// What was read of what a lease can do, which the caller may see.
    func privileges(of lease: Lease) async throws(Refusal) -> ([PrivilegeReading], unknown: String?)

    /// Moves the end of the caller's own lease.
    /// - Parameter ttl: nil means the profile's default.
    func renew(_ id: LeaseID, ttl: TTL?, by identity: Identity) async throws(Refusal) -> Lease

    /// Ends the leases that the query matches and the caller may end; waits a bounded time for them to be gone.
    /// - Returns: every lease that was matched, as it stands then.
    func revoke(_ filter: LeaseQuery, reason: Reason?, by identity: Identity) async throws(Refusal) -> [Lease]

    /// Stops new leases, and ends what is out when that is asked for; waits a bounded time for it to be gone.
    func lockDown(_ order: LockdownOrder, by identity: Identity) async throws(Refusal) -> LockdownStart
    /// - Parameter idOrPrefix: a lockdown's id, or the beginning of one (4 characters or more); from outside, not parsed.
    func endLockdown(_ idOrPrefix: String, reason: Reason, by identity: Identity) async throws(Refusal)
        -> Lockdown
    /// - Parameter ended: for auditors also those that have ended.
    func lockdowns(ended: Bool, by identity: Identity) async throws(Refusal) -> [Lockdown]

    /// Reviews of break-glass that the caller may see, newest first.
    /// - Parameters:
    ///   - states: nil for all.
    ///   - mine: only those of the caller's own break-glass.
    func reviews(
        _ states: Set<Review.State>?, mine: Bool, before: ReviewID?, limit: Int, by identity: Identity
    )
        async throws(Refusal) -> [ReviewReport]
    /// - Parameter idOrPrefix: the id of a review, its lease or its request, or the beginning of one (4 characters or
    ///   more); from outside, not parsed.
    func review(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> ReviewReport
    /// Gives the verdict on somebody else's break-glass, once.
    func conclude(_ idOrPrefix: String, _ verdict: Review.Verdict, note: Reason, by identity: Identity)
        async throws(Refusal) -> ReviewReport
    /// For auditors.
    func reviewCounts() async throws(Refusal) -> ReviewCounts

    /// The leases that lived in a period, newest first: the caller's own, for auditors all. What auditors read is put on
    /// record.
    func accessReport(_ query: ReportQuery, before: LeaseID?, limit: Int, by identity: Identity)
        async throws(Refusal) -> [ReportedLease]
    /// The same of what was taken as break-glass, all of it.
    func breakGlassReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal)
        -> [ReportedLease]
    /// What people decided; the caller's own votes, for auditors all.
    func approvalsReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal) -> ApprovalTally
    /// For auditors, as the next ones.
    func unusedReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal) -> UnusedRights
    func accessReview(of database: DatabaseName, _ period: ReportPeriod, by identity: Identity)
        async throws(Refusal) -> SealedPack
    /// Newest first, without what was signed.
    func signOffs(of database: DatabaseName) async throws(Refusal) -> [SignOff]
    /// - Parameter sha256: of the pack that was looked at; when it has changed by now, nothing is signed.
    func signOff(
        _ database: DatabaseName, _ period: ReportPeriod, sha256: String, note: Reason, by identity: Identity
    ) async throws(Refusal) -> SignOff
    /// - Parameter idOrPrefix: a sign-off's id, or the beginning of one (4 characters or more); from outside, not parsed.
    func signOff(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> SignOff

    /// Binds the caller's own lease to a connection; the caller of this lets the tether go when that ends.
    func tether(_ idOrRoleOrPrefix: String, by identity: Identity) async throws(Refusal) -> Tether
    /// Lets it live to its expiry again.
    func untether(_ idOrRoleOrPrefix: String, by identity: Identity) async throws(Refusal) -> Lease

    func leases(_ query: LeaseQuery, by identity: Identity) async throws(Refusal) -> [Lease]

    /// - Parameter idOrRoleOrPrefix: a lease's id, the beginning of one (4 characters or more), or a role's name;
    ///   from outside, not parsed.
    func lease(_ idOrRoleOrPrefix: String, by identity: Identity) async throws(Refusal) -> Lease

    /// Sessions on record: those of the caller's own leases, or all.
    func sessions(_ query: SessionQuery, by identity: Identity) async throws(Refusal) -> SessionReports
    /// - Parameter idOrPrefix: a session's id, or the beginning of one (4 characters or more); from outside, not parsed.
    func session(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> SessionReport
    /// The same, with what the server's log says of it; that others' statements were shown is on record.
    /// - Parameter after: the `next` of the page before.
    func sessionStory(_ idOrPrefix: String, after: Int64?, by identity: Identity) async throws(Refusal)
        -> SessionReport
    /// Ends one session; its lease lives on. For administrators.
    func killSession(_ idOrPrefix: String, reason: Reason?, by identity: Identity) async throws(Refusal)
        -> SessionReport
    /// All that is on record of a lease.
    func story(of idOrRoleOrPrefix: String, by identity: Identity) async throws(Refusal) -> LeaseStory
    /// The same, or what follows on the page before: statements of the server's log.
    func story(of idOrRoleOrPrefix: String, after: Int64?, by identity: Identity) async throws(Refusal)
        -> LeaseStory

    /// Every login role of ours beside its lease, as the servers say now: the caller's own, or all.
    func roleReports(of database: DatabaseName?, by identity: Identity) async throws(Refusal) -> RoleReports
    /// Who is behind a role or a session.
    /// - Parameter name: a role's name or a session's number; from outside, not parsed.
    func who(_ name: String, on database: DatabaseName?, by identity: Identity) async throws(Refusal)
        -> RoleBearer
    /// Drops or keeps roles that no lease knows, or tells which there are. For administrators.
    func reap(_ order: ReapOrder, by identity: Identity) async throws(Refusal) -> ReapAnswer

    func requests(_ query: RequestQuery, by identity: Identity) async throws(Refusal) -> [AccessRequest]
    /// What the caller may decide on.
    func requestsToApprove(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [AccessRequest]
    func request(_ idOrPrefix: String, by identity: Identity) async throws(Refusal) -> AccessRequest

    /// What an approver sees beside the request; nil for others.
    func context(of request: AccessRequest, for identity: Identity) async throws(Refusal) -> ApproverContext?

    /// What the caller may ask for.
    func offers(to identity: Identity) async throws(Refusal) -> [Offer]

    /// What the caller may do beyond using their own leases.
    func roles(of identity: Identity) async -> Set<Authority>

    /// Puts nothing on record: who follows the log asks twice a second, and would follow themselves for ever.
    func audit(_ query: AuditQuery, by identity: Identity) async throws(Refusal) -> [AuditRecord]
    /// Up to `limit` records after a number as they are kept, right or wrong; for auditors and administrators, as the
    /// routes see to. Puts nothing on record, as `audit` does.
    func trail(after: Int64, limit: Int) async throws(Refusal) -> [TrailEntry]
    func checkpoints(_ query: CheckpointQuery) async throws(Refusal) -> [SignedCheckpoint]
    /// As `trail`.
    func checkpointTrail(after: Int64, limit: Int) async throws(Refusal) -> [CheckpointEntry]
    func databases(by identity: Identity) async throws(Refusal) -> [DatabaseHealth]
    /// How far each target of notifications is; for auditors and administrators, as the route sees to.
    func notificationTargets() async throws(Refusal) -> [TargetHealth]
    func health() async -> BrokerHealth
    func metrics() async -> [Metric]

    /// Puts on record what the routes turned away before it came this far: malformed and forbidden calls.
    ///
    /// Does not throw: the caller is refused in any case, and a record that cannot be written is logged by the
    /// broker.
    func recordRefused(_ event: AuditEvent) async

    /// Puts on record that an auditor or administrator reads what may be others', before it is shown: where that cannot be
    /// recorded it is not shown.
    func recordRead(_ event: AuditEvent) async throws(Refusal)
}

/// Those that read no server's log.
extension BrokerService {
    package func sessionStory(_ idOrPrefix: String, after: Int64?, by identity: Identity)
        async throws(Refusal) -> SessionReport
    {
        try await session(idOrPrefix, by: identity)
    }

    package func story(of idOrRoleOrPrefix: String, after: Int64?, by identity: Identity)
        async throws(Refusal) -> LeaseStory
    {
        try await story(of: idOrRoleOrPrefix, by: identity)
    }
}
