package import Foundation

/// The durable state: requests, leases and the audit log.
///
/// Every change and its audit record are one transaction: if the record cannot be written, nothing is. Its
/// conformance suite is `StoreConformance` in MayflyTesting.
package protocol Store: Sendable {
    /// Records a decided request: with a lease in `creating` (the intent), or denied or waiting for people without one;
    /// or the intent for an approved one that is redeemed.
    ///
    /// Lockdowns, quota and idempotency are looked at in the same transaction, and that nobody has two requests open to
    /// extend one lease. Survives a crash of the process at once and a crash of the host soon after.
    func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult

    /// Applies events to leases, all in one durable commit, synced before it returns.
    ///
    /// A step whose event is `impossible` (or whose lease does not exist) changes nothing and records nothing; the
    /// others go on. `already` records nothing. A claim on the lease is released by each step that changes it.
    /// What would give access that a lockdown stops is `impossible`, with its refusal; an intent is ended with it.
    /// When a break-glass lease becomes active, the duty to review it begins, on record too.
    /// When a lease becomes active, its request becomes `issued`; when it failed, one that was approved by people may
    /// be redeemed again.
    func apply(_ steps: [LeaseStep], now: Date) async throws(StoreError) -> [LeaseStepResult]

    /// Moves a request on: reads it, lets `move` change it, and writes it with what is to be recorded, all in one
    /// durable commit. `move` is pure; it may be called again. A signed approval that it uses is used once, for ever:
    /// the second time nothing is changed, and `approvalUsed` is thrown; so it is by `admit`.
    /// - Returns: the request as it is then, and what came of it; nil when there is no such request.
    func move<Outcome: Sendable>(
        _ id: RequestID, _ move: @escaping @Sendable (inout AccessRequest) -> RequestMove<Outcome>
    ) async throws(StoreError) -> RequestMoved<Outcome>?

    /// Requests on which something is due (`AccessRequest.dueAt`), the longest due first.
    func dueRequests(now: Date, limit: Int) async throws(StoreError) -> [AccessRequest]

    /// The earliest moment at which something is due on a request; nil when nothing is.
    func nextDueRequest() async throws(StoreError) -> Date?

    /// Puts a new enrolment on record, in place of one that waits for its first code; both in one durable commit with
    /// what is to be recorded.
    /// - Returns: the active one that stands in its way, then nothing is changed or recorded; nil when it is on record.
    func enrol(_ new: MFAEnrolment, events: [AuditEvent]) async throws(StoreError) -> MFAEnrolment?

    /// Moves a person's enrolment on: reads the one that is not removed, lets `move` change it, and writes it with what
    /// is to be recorded, all in one durable commit: two who come with the same code come one after the other. `move`
    /// is pure; it may be called again.
    /// - Returns: what came of it; nil when there is no such enrolment.
    func moveEnrolment<Outcome: Sendable>(
        of holder: MFAHolder, _ move: @escaping @Sendable (inout MFAEnrolment) -> MFAMove<Outcome>
    ) async throws(StoreError) -> Outcome?

    /// Removes all enrolments that are not removed and that one of `holders` holds, each with its record, in one durable
    /// commit. `event` is pure; it may be called again.
    /// - Parameter own: who must hold none of them.
    /// - Returns: one that `own` holds, then nothing is changed or recorded; nil when none is left.
    func removeEnrolments(
        of holders: Set<MFAHolder>, unlessOf own: Set<MFAHolder>, now: Date,
        _ event: @escaping @Sendable (MFAEnrolment) -> AuditEvent
    ) async throws(StoreError) -> MFAEnrolment?

    /// A person's enrolment that is not removed.
    func enrolment(of holder: MFAHolder) async throws(StoreError) -> MFAEnrolment?

    /// All that are not removed, in the order in which they were made.
    func enrolments() async throws(StoreError) -> [MFAEnrolment]

    /// Claims up to `limit` leases of `database` on which something is due at `now`: active ones past their
    /// expiry (they become `revoking`, with an audit record), and `creating`, `revoking` or `locked` ones whose
    /// next attempt is due. Claimed ones are not given out again before `claim.until`, whoever asks.
    /// - Parameter attempt: only those that are due for the first time, or only those that failed before.
    func claimDue(_ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int, claim: Claim)
        async throws(StoreError) -> [Lease]

    /// Claims the given leases for an attempt right now, whatever their next attempt, unless they are claimed or
    /// final already.
    func claim(_ leases: [LeaseID], now: Date, claim: Claim) async throws(StoreError) -> [Lease]

    /// At start: forgets the claims of `owner` (a former life of this broker), and makes every `creating`,
    /// `revoking` and `locked` lease due now. Returns how many.
    func recover(owner: String, now: Date) async throws(StoreError) -> Int

    /// What `claimDue` would claim, as it is: nothing is written. For a state that cannot be.
    func due(_ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int) async throws(StoreError)
        -> [Lease]

    /// The earliest moment at which something is due on `database`; nil when nothing is.
    func nextDue(_ database: DatabaseName, _ attempt: Attempt) async throws(StoreError) -> Date?

    /// Puts a lockdown in force, in one durable commit with its record. From then on nothing that it covers is
    /// admitted, made active, renewed, extended or given a fresh password. When it revokes, every live lease that it covers is ending with the
    /// same commit, those in `creating` too: what is left to do then is to carry it out.
    /// - Parameter ending: how one of them is ended, and what is recorded with it.
    /// - Returns: the leases that it ends, as they are then.
    func begin(
        _ lockdown: Lockdown, events: [AuditEvent], ending: @escaping @Sendable (Lease) -> LeaseStep
    ) async throws(StoreError) -> [Lease]

    /// Ends a lockdown, in one durable commit with its record; nothing is recorded when it had ended already, or is not
    /// to end yet.
    /// - Returns: nil when there is no such lockdown.
    func end(_ id: LockdownID, _ ending: Lockdown.Ending, audit: AuditEvent) async throws(StoreError)
        -> LockdownEnded?

    /// Moves a review on, as `move` does a request.
    /// - Returns: nil when there is no such review.
    func move<Outcome: Sendable>(
        _ id: ReviewID, _ move: @escaping @Sendable (inout Review) -> RequestMove<Outcome>
    ) async throws(StoreError) -> ReviewMoved<Outcome>?

    func reviews(_ query: ReviewQuery) async throws(StoreError) -> [Review]

    /// Reviews of which it is to be said that they are overdue, the longest due first.
    func dueReviews(now: Date, limit: Int) async throws(StoreError) -> [Review]

    /// Keeps what an auditor signed off, for ever, in one durable commit with its record.
    func signOff(_ signOff: SignOff, audit: AuditEvent) async throws(StoreError)
    func signOffs(_ query: SignOffQuery) async throws(StoreError) -> [SignOff]

    func lockdowns(_ query: LockdownQuery) async throws(StoreError) -> [Lockdown]

    func lease(_ id: LeaseID) async throws(StoreError) -> Lease?
    func leases(_ query: LeaseQuery) async throws(StoreError) -> [Lease]
    func request(_ id: RequestID) async throws(StoreError) -> AccessRequest?
    /// The request that somebody made with an idempotency key, within `Admission.idempotencyWindow` of `now`.
    func request(keyed key: String, of uid: UInt32, now: Date) async throws(StoreError) -> AccessRequest?
    func requests(_ query: RequestQuery) async throws(StoreError) -> [AccessRequest]
    /// The request that a signed approval was used for; nil when it was not used yet.
    func request(approvedBy issuer: String, _ id: String) async throws(StoreError) -> RequestID?

    /// What the record says of a person, as far as the query wants it.
    func history(_ query: HistoryQuery) async throws(StoreError) -> History

    /// The ids of all leases of `database` that are not final.
    func liveLeases(_ database: DatabaseName) async throws(StoreError) -> [LeaseID: Lease.State]

    /// How many leases are in each state, by database and profile.
    func counts() async throws(StoreError) -> [LeaseCount]

    /// Puts events on record that change no lease.
    func record(_ events: [AuditEvent]) async throws(StoreError)

    /// A durable write that changes nothing: throws what a record would meet now, such as a full disk.
    func checkWritable() async throws(StoreError)

    func audit(_ query: AuditQuery) async throws(StoreError) -> [AuditRecord]

    /// Makes up to `limit` more records findable by their words, at its leisure: `audit` finds all in any case.
    /// - Returns: whether there are more.
    func indexAudit(limit: Int) async throws(StoreError) -> Bool

    /// The number of the last record that no crash takes back; 0 while that is not known.
    func lastDurable() async throws(StoreError) -> Int64

    /// Reads on after a record, no further than the last durable one, and at most 10,000 numbers: what was told to
    /// somebody else cannot be taken back. Asks for no sync.
    func export(after: Int64, _ actions: Set<AuditEvent.Action>, limit: Int) async throws(StoreError)
        -> AuditExport

    /// Where each exporter stands: the last record that it has dealt with.
    func cursors() async throws(StoreError) -> [Exporter: Int64]
    /// Puts a new exporter at the end of the log, durably. One that is known stays where it is.
    /// - Returns: where it stands.
    func beginCursor(_ exporter: Exporter) async throws(StoreError) -> Int64
    /// Moves it on, never back. A crash of the host may undo this: what is exported is exported at least once.
    func moveCursor(_ exporter: Exporter, to sequence: Int64) async throws(StoreError)
    /// Forgets it.
    func endCursor(_ exporter: Exporter) async throws(StoreError)
    /// Both for many, in one durable commit with what is recorded of it: `record` is given where new ones begin and where
    /// those that end were. Nothing is written where there is neither.
    func changeCursors(
        beginning new: [Exporter], ending old: [Exporter],
        recording record:
            @escaping @Sendable (_ begun: [Exporter: Int64], _ ended: [Exporter: Int64]) -> [AuditEvent]
    ) async throws(StoreError)

    /// Records for each active lease that ends within `before` seconds that it does (`lease.expiring`), once for each
    /// end that it is given. Not for those whose whole life is no longer than that, nor for tethered ones that their
    /// holder can still renew.
    /// - Returns: those, at most `limit`.
    func warnExpiring(now: Date, before: TimeInterval, limit: Int) async throws(StoreError) -> [Lease]

    /// Adds a checkpoint of the log as it is then, in one durable commit with `events`, which it covers. `make` is given the
    /// ground that it is made on and signs; it may be called again.
    /// - Parameter last: records up to this one are removed in the same commit, which the checkpoint then stands for; only
    ///   ones that an earlier checkpoint covers.
    /// - Parameter examined: `make` is given the records after this one, to look at what came since.
    /// - Returns: nil when `make` sees nothing to add; then nothing is removed.
    func addCheckpoint(
        recording events: [AuditEvent], pruningUpTo last: Int64?, since examined: Int64?,
        _ make: @escaping @Sendable (CheckpointGround) throws -> SignedCheckpoint?
    ) async throws(StoreError) -> SignedCheckpoint?

    func checkpoints(_ query: CheckpointQuery) async throws(StoreError) -> [SignedCheckpoint]
    /// Up to `limit` of them after a number as they are kept.
    func checkpointTrail(after: Int64, limit: Int) async throws(StoreError) -> [CheckpointEntry]

    /// The last record that is not kept any more; nil when all are.
    func pruned() async throws(StoreError) -> AuditCheckpoint.Pruned?

    /// The last of at most `limit` records that may be removed: with all before it older than a moment, covered by a
    /// checkpoint, and taken by every exporter; nil when there is none.
    func prunable(before moment: Date, limit: Int) async throws(StoreError) -> Int64?

    /// Up to `limit` records after a number as they are kept, right or wrong, and no further than the last that no crash
    /// takes back: for verifiers.
    /// - Parameter isThorough: whether it is looked at what records are found by, too, which costs more.
    func trail(after: Int64, limit: Int, isThorough: Bool) async throws(StoreError) -> [TrailEntry]

    /// Walks the whole chain. Returns the number of the first record that does not fit, or nil.
    func firstBrokenAuditRecord() async throws(StoreError) -> Int64?

    /// Records what groups were found to give. The same as last time moves only the moment when that was confirmed; what is
    /// news is kept, and on record with `audit` by the same commit. A crash of the host may undo it: it is read again.
    /// - Returns: whether it is news.
    @discardableResult
    func record(_ reading: PrivilegeReading, audit: AuditEvent) async throws(StoreError) -> Bool

    /// What groups gave between two moments, at most 100 readings, in order: the one in force at `from`, and those that came
    /// until `to`.
    func privilegeReadings(_ database: DatabaseName, groups: [String], from: Date, to: Date)
        async throws(StoreError) -> [PrivilegeReading]

    /// The sets of groups, each sorted, of which active leases of `database` are members (`Lease.effectiveGroups`).
    func liveGroups(_ database: DatabaseName) async throws(StoreError) -> Set<[String]>

    /// Puts sessions on record, each with its record in the log, in one commit: those that are new (without an ending), and the
    /// ending of those that are known. What is unlike earlier sessions of its requester is marked. Repeating changes and records
    /// nothing. Those that are left out are added to their lease's count. A crash of the host may undo it: the next look finds
    /// the others again.
    /// - Returns: the same, as they are on record.
    func follow(_ sessions: [Session], leavingOut: [SessionsLeftOut]) async throws(StoreError) -> [Session]

    func sessions(_ query: SessionQuery) async throws(StoreError) -> [Session]

    /// How many sessions of each of these leases are on record, one by one or left out; leases without any are not there.
    func sessionCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: SessionCount]

    /// Puts on record that somebody looks, or moves a stretch's end on, never back. A crash of the host may undo it.
    func cover(_ stretch: WatchedStretch, recording events: [AuditEvent]) async throws(StoreError)

    /// The stretches of a database that reach beyond a moment, in order.
    func watchedStretches(_ database: DatabaseName, after: Date) async throws(StoreError) -> [WatchedStretch]
    /// The last one.
    func lastWatchedStretch(_ database: DatabaseName) async throws(StoreError) -> WatchedStretch?

    /// Adds to what is on record of what a lease's sessions have run; news is in the log by the same commit. A crash of the host
    /// may undo it.
    /// - Returns: whether it is news.
    @discardableResult
    func record(_ reading: StatementReading, at now: Date) async throws(StoreError) -> Bool

    func statements(of lease: LeaseID) async throws(StoreError) -> StatementSummary?

    /// How many statements each of these leases ran, by the summaries of sources that tell; those of which nothing is told
    /// are left out.
    func statementCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: Int64]

    /// How far the log of a database's server was read.
    func serverLogCursors(_ database: DatabaseName) async throws(StoreError) -> [LogCursor]

    /// Takes what one look at a server's log has brought, with how far it was read, in one commit: a crash loses both or none. What is
    /// on record already is left out, and so is what is beyond `LoggedTotals`, which is counted.
    /// - Returns: the lines that are news.
    @discardableResult
    func take(_ batch: ServerLogBatch, now: Date) async throws(StoreError) -> [LoggedLine]

    func loggedTotals(of lease: LeaseID) async throws(StoreError) -> LoggedTotals

    /// In the order in which they were read, which is each backend's own.
    func logged(_ query: LoggedQuery) async throws(StoreError) -> LoggedPage

    /// Small texts that outlive a restart, such as the definitions of retired databases.
    func memo(_ key: String) async throws(StoreError) -> String?
    /// - Parameter events: recorded in the same durable commit.
    func setMemo(_ key: String, to value: String?, recording events: [AuditEvent]) async throws(StoreError)

    func close() async
}

extension Store {
    package func addCheckpoint(
        recording events: [AuditEvent], pruningUpTo last: Int64? = nil,
        _ make: @escaping @Sendable (CheckpointGround) throws -> SignedCheckpoint?
    ) async throws(StoreError) -> SignedCheckpoint? {
        try await addCheckpoint(recording: events, pruningUpTo: last, since: nil, make)
    }

    package func follow(_ sessions: [Session]) async throws(StoreError) -> [Session] {
        try await follow(sessions, leavingOut: [])
    }

    package func setMemo(_ key: String, to value: String?) async throws(StoreError) {
        try await setMemo(key, to: value, recording: [])
    }
}

extension Store {
    package func trail(after: Int64, limit: Int) async throws(StoreError) -> [TrailEntry] {
        try await trail(after: after, limit: limit, isThorough: true)
    }
}
