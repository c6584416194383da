package import Foundation

/// The durable state: requests, leases and the audit log.
///
/// Every change and its audit record are one transaction: if the record cannot be written, nothing is. Its
/// conformance suite is `StoreConformance` in MayflyTesting.
package protocol Store: Sendable {
    /// Records a decided request: with a lease in `creating` (the intent), or denied without one.
    ///
    /// Quota and idempotency are looked at in the same transaction. Survives a crash of the process at once and a
    /// crash of the host soon after.
    func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult

    /// Applies events to leases, all in one durable commit, synced before it returns.
    ///
    /// A step whose event is `impossible` (or whose lease does not exist) changes nothing and records nothing; the
    /// others go on. `already` records nothing. A claim on the lease is released by each step that changes it.
    /// When a lease becomes active, its request becomes `issued`.
    func apply(_ steps: [LeaseStep], now: Date) async throws(StoreError) -> [LeaseStepResult]

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

    /// The earliest moment at which something is due on `database`; nil when nothing is.
    func nextDue(_ database: DatabaseName, _ attempt: Attempt) async throws(StoreError) -> Date?

    func lease(_ id: LeaseID) async throws(StoreError) -> Lease?
    func leases(_ query: LeaseQuery) async throws(StoreError) -> [Lease]
    func request(_ id: RequestID) async throws(StoreError) -> AccessRequest?
    func requests(_ query: RequestQuery) async throws(StoreError) -> [AccessRequest]

    /// The ids of all leases of `database` that are not final.
    func liveLeases(_ database: DatabaseName) async throws(StoreError) -> [LeaseID: Lease.State]

    /// How many leases are in each state, by database and profile.
    func counts() async throws(StoreError) -> [LeaseCount]

    /// Puts events on record that change no lease.
    func record(_ events: [AuditEvent]) async throws(StoreError)

    /// A durable write that changes nothing: throws what a record would meet now, such as a full disk.
    func checkWritable() async throws(StoreError)

    func audit(_ query: AuditQuery) async throws(StoreError) -> [AuditRecord]

    /// Walks the whole chain. Returns the number of the first record that does not fit, or nil.
    func firstBrokenAuditRecord() async throws(StoreError) -> Int64?

    /// Small texts that outlive a restart, such as the definitions of retired databases.
    func memo(_ key: String) async throws(StoreError) -> String?
    func setMemo(_ key: String, to value: String?) async throws(StoreError)

    func close() async
}

/// What is to be recorded when a request was decided.
package struct Admission: Sendable {
    package var request: AccessRequest
    /// Nil when the request was denied.
    package var lease: Lease?
    package var quota: Quota?
    /// A key of the caller's for repeating a create after a lost reply; counts per uid, for 5 minutes.
    package var idempotencyKey: String?
    package var events: [AuditEvent]
    /// Recorded instead of `events` when the quota is full.
    package var overQuota: @Sendable (Refusal) -> [AuditEvent]

    package init(
        request: AccessRequest, lease: Lease?, quota: Quota?, idempotencyKey: String?, events: [AuditEvent],
        overQuota: @escaping @Sendable (Refusal) -> [AuditEvent]
    ) {
        self.request = request
        self.lease = lease
        self.quota = quota
        self.idempotencyKey = idempotencyKey
        self.events = events
        self.overQuota = overQuota
    }

    /// How long an idempotency key is remembered, in seconds.
    package static let idempotencyWindow: TimeInterval = 300
}

package enum AdmissionResult: Sendable {
    case admitted
    /// The request is on record as denied.
    case overQuota(Refusal)
    /// The same caller used the key for this request and lease before; nothing was recorded. A lease that failed
    /// is not repeated: the request is admitted anew, under the same key.
    case repeated(AccessRequest, Lease)
}

/// One event on one lease, and what is recorded with it.
package struct LeaseStep: Sendable {
    package var lease: LeaseID
    package var event: Lease.Event
    /// Recorded if the event changes the lease; nil records nothing (a failed attempt like the one before).
    package var audit: AuditEvent?

    package init(_ lease: LeaseID, _ event: Lease.Event, audit: AuditEvent?) {
        self.lease = lease
        self.event = event
        self.audit = audit
    }
}

package struct LeaseStepResult: Sendable {
    package var change: Lease.Change
    /// As it is now; nil when there is no such lease.
    package var lease: Lease?
    package init(change: Lease.Change, lease: Lease?) {
        self.change = change
        self.lease = lease
    }
}

/// Which attempt to end a lease it is: those that failed before don't keep the others waiting.
package enum Attempt: Hashable, Sendable, CaseIterable {
    case first, again
}

/// Who works on a lease, and until when nobody else does.
package struct Claim: Hashable, Sendable {
    package var owner: String
    package var until: Date
    package init(owner: String, until: Date) {
        self.owner = owner
        self.until = until
    }
}

/// Newest first.
package struct LeaseQuery: Hashable, Sendable {
    package var ids: [LeaseID]?
    package var role: RoleName?
    package var uid: UInt32?
    package var requester: String?
    package var database: DatabaseName?
    package var profile: ProfileName?
    package var states: Set<Lease.State>?
    package var isTethered: Bool?
    /// Only leases older than this one, for paging.
    package var before: LeaseID?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    package var limit: Int

    package init(
        ids: [LeaseID]? = nil, role: RoleName? = nil, uid: UInt32? = nil, requester: String? = nil,
        database: DatabaseName? = nil, profile: ProfileName? = nil, states: Set<Lease.State>? = nil,
        isTethered: Bool? = nil, before: LeaseID? = nil, idPrefix: String? = nil, limit: Int = 100
    ) {
        self.ids = ids
        self.role = role
        self.uid = uid
        self.requester = requester
        self.database = database
        self.profile = profile
        self.states = states
        self.isTethered = isTethered
        self.before = before
        self.idPrefix = idPrefix
        self.limit = limit
    }
}

/// Newest first.
package struct RequestQuery: Hashable, Sendable {
    package var uid: UInt32?
    package var profile: ProfileName?
    package var states: Set<AccessRequest.State>?
    package var before: RequestID?
    package var limit: Int

    package init(
        uid: UInt32? = nil, profile: ProfileName? = nil, states: Set<AccessRequest.State>? = nil,
        before: RequestID? = nil, limit: Int = 100
    ) {
        self.uid = uid
        self.profile = profile
        self.states = states
        self.before = before
        self.limit = limit
    }
}

/// Oldest first after `after`; with `newest` the last `limit` ones, still oldest first.
package struct AuditQuery: Hashable, Sendable {
    package var after: Int64?
    package var newest: Bool
    package var limit: Int
    package var lease: LeaseID?
    package var actorUID: UInt32?
    package var action: AuditEvent.Action?
    package var since: Date?
    package var until: Date?
    /// Records by this uid, and records about leases and requests of this uid.
    package var concerning: UInt32?

    package init(
        after: Int64? = nil, newest: Bool = false, limit: Int = 100, lease: LeaseID? = nil,
        actorUID: UInt32? = nil,
        action: AuditEvent.Action? = nil, since: Date? = nil, until: Date? = nil, concerning: UInt32? = nil
    ) {
        self.after = after
        self.newest = newest
        self.limit = limit
        self.lease = lease
        self.actorUID = actorUID
        self.action = action
        self.since = since
        self.until = until
        self.concerning = concerning
    }
}

package struct LeaseCount: Hashable, Sendable {
    package var database: DatabaseName
    package var profile: ProfileName
    package var state: Lease.State
    package var count: Int
    package init(database: DatabaseName, profile: ProfileName, state: Lease.State, count: Int) {
        self.database = database
        self.profile = profile
        self.state = state
        self.count = count
    }
}

/// Why the state could not be read or written. Safe to show.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full, the file system read-only, or the file not ours.
    case unwritable(String)
    /// Written by a newer version of mayflyd.
    case newerVersion(String)
    /// Not a state file, or damaged.
    case corrupt(String)
    /// The same idempotency key was used with another request.
    case idempotencyConflict
    case other(String)

    package var description: String {
        switch self {
        case .unwritable(let why): "the state cannot be written: \(why)"
        case .newerVersion(let why): "the state is of a newer version: \(why)"
        case .corrupt(let why): "the state is damaged: \(why)"
        case .idempotencyConflict: "the idempotency key was used for another request"
        case .other(let why): "the state failed: \(why)"
        }
    }
}
