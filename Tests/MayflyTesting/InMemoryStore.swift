import Foundation
package import MayflyCore
import MayflyCrypto
import Synchronization

/// A `Store` that forgets everything with the process. It passes the same conformance suite as the real one.
///
///     let store = InMemoryStore()
///     store.fail(with: .unwritable("the disk is full"))   // from now on every write
///     store.fail(with: nil)
package final class InMemoryStore: Store {
    struct Entry {
        var lease: Lease
        var claim: Claim?

        /// As `due_at` in the SQLite schema.
        var dueAt: Date? {
            if lease.state.isFinal { return nil }
            let due = lease.state == .active ? lease.expiresAt : lease.nextAttemptAt ?? lease.createdAt
            return max(due, claim?.until ?? due)
        }
    }

    struct State {
        var failure: StoreError?
        /// In order of arrival.
        var requestOrder: [RequestID] = []
        var requests: [RequestID: AccessRequest] = [:]
        var leaseOrder: [LeaseID] = []
        var leases: [LeaseID: Entry] = [:]
        var audit: [AuditRecord] = []
        var checkpoints: [SignedCheckpoint] = []
        /// Records up to this number are gone; here they are only not shown.
        var pruned: AuditCheckpoint.Pruned?
        /// What `trail` gives as if somebody had been at it.
        var changed: Set<Int64> = []
        var gone: Set<Int64> = []
        /// Recorded, and some of it changed by somebody, in the moment before the next checkpoint.
        var late: (events: [AuditEvent], changed: Set<Int64>) = ([], [])
        var keys: [UInt32: [String: (request: RequestID, usedAt: Date)]] = [:]
        /// By authority and id.
        var approvals: [[String]: RequestID] = [:]
        /// In order of arrival.
        var lockdowns: [Lockdown] = []
        /// In order of arrival.
        var reviews: [Review] = []
        var memos: [String: String] = [:]
        var cursors: [Exporter: Int64] = [:]
        /// The end of which each lease's requester was warned.
        var warned: [LeaseID: Date] = [:]
        /// In order of arrival.
        var enrolments: [MFAEnrolment] = []
        /// In order of arrival.
        var readings: [PrivilegeReading] = []
        /// In order of arrival.
        var sessions: [Session] = []
        var leftOut: [LeaseID: Int] = [:]
        var stretches: [WatchedStretch] = []
        var statements: [LeaseID: StatementSummary] = [:]
        var loggedLines: [LoggedLine] = []
        var loggedTotals: [LeaseID: LoggedTotals] = [:]
        var logCursors: [DatabaseName: [LogCursor]] = [:]
        var signOffs: [SignOff] = []
    }

    let state = Mutex(State())

    package init() {}

    /// Lets every write from now on fail, or none.
    package func fail(with error: StoreError?) {
        state.withLock { $0.failure = error }
    }

    func write<Value: Sendable>(
        _ body: (inout State) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            if let failure = state.failure { throw failure }
            // All of it or nothing, as in a transaction.
            var copy = state
            let value = try body(&copy)
            state = copy
            return value
        }
    }

    package func close() async {}

    package func checkWritable() async throws(StoreError) {
        try write { _ throws(StoreError) in }
    }

    package func memo(_ key: String) async throws(StoreError) -> String? {
        state.withLock { $0.memos[key] }
    }

    package func setMemo(
        _ key: String, to value: String?, recording events: [AuditEvent]
    ) async throws(StoreError) {
        try write { state throws(StoreError) in
            state.memos[key] = value
            try state.append(events)
        }
    }
}

extension InMemoryStore.State {
    mutating func use(_ approval: ApprovalUse?) throws(StoreError) {
        guard let approval else { return }
        let key = [approval.issuer, approval.id]
        if let request = approvals[key] { throw .approvalUsed(request) }
        approvals[key] = approval.request
    }

    mutating func append(_ events: [AuditEvent]) throws(StoreError) {
        for event in events {
            let sequence = Int64(audit.count + 1)
            let previous = audit.last?.hash ?? AuditEncoding.genesis
            let body = AuditEncoding.bytes(sequence: sequence, previousHash: previous, event: event)
            // Read back, as a store on disk would: cut to milliseconds, without the actor's groups.
            guard let read = AuditEncoding.read(body), let digest = try? SHA256Digest(hashing: body) else {
                throw .other("an audit event cannot be encoded")
            }
            audit.append(
                AuditRecord(sequence: sequence, event: read.event, previousHash: previous, hash: digest.hex))
        }
    }
}
