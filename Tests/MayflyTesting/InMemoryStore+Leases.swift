package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult {
        try write { state throws(StoreError) in
            guard let lease = admission.lease else {
                try state.record(admission.request, nil, admission.events)
                return .admitted
            }
            if let repeated = try state.repeated(admission) { return repeated }
            if let refusal = state.refusal(admission.limits?.quota, lease) {
                if let events = admission.overQuota(refusal) {
                    try state.record(admission.request.denied(), nil, events)
                }
                return .overQuota(refusal)
            }
            try state.record(admission.request, lease, admission.events)
            if let key = admission.idempotencyKey {
                let use = (request: admission.request.id, usedAt: admission.request.createdAt)
                state.keys[admission.request.requester.uid, default: [:]][key] = use
            }
            return .admitted
        }
    }

    package func apply(_ steps: [LeaseStep], now: Date) async throws(StoreError) -> [LeaseStepResult] {
        try write { state throws(StoreError) in
            var results: [LeaseStepResult] = []
            for step in steps { results.append(try state.apply(step, now: now)) }
            return results
        }
    }

    package func claimDue(
        _ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int, claim: Claim
    ) async throws(StoreError) -> [Lease] {
        try write { state throws(StoreError) in
            var claimed: [Lease] = []
            for found in state.due(database, attempt, now: now, limit: limit) {
                var lease = found
                if lease.state == .active {
                    _ = lease.apply(.ending(.expired, attemptAt: now), now: now)
                    try state.append([.expired(lease, at: now)])
                }
                state.leases[lease.id] = Entry(lease: lease, claim: claim)
                claimed.append(lease)
            }
            return claimed
        }
    }

    package func claim(_ leases: [LeaseID], now: Date, claim: Claim) async throws(StoreError) -> [Lease] {
        try write { state throws(StoreError) in
            leases.compactMap { id in
                guard let entry = state.leases[id], !entry.lease.state.isFinal,
                    (entry.claim?.until ?? now) <= now
                else { return nil }
                state.leases[id]?.claim = claim
                return entry.lease
            }
        }
    }

    package func recover(owner: String, now: Date) async throws(StoreError) -> Int {
        try write { state throws(StoreError) in
            var count = 0
            for (id, entry) in state.leases where !entry.lease.state.isFinal {
                if entry.claim?.owner == owner { state.leases[id]?.claim = nil }
                guard entry.lease.state != .active else { continue }
                count += 1
                state.leases[id]?.lease = entry.lease.dueBy(now)
            }
            return count
        }
    }

    package func due(
        _ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int
    ) async throws(StoreError) -> [Lease] {
        state.withLock { $0.due(database, attempt, now: now, limit: limit) }
    }

    package func nextDue(_ database: DatabaseName, _ attempt: Attempt) async throws(StoreError) -> Date? {
        state.withLock { state in
            state.leases.values.filter { $0.lease.isFor(database, attempt) }.compactMap(\.dueAt).min()
        }
    }
}

extension InMemoryStore.State {
    /// The longest due first.
    func due(_ database: DatabaseName, _ attempt: Attempt, now: Date, limit: Int) -> [Lease] {
        let due = leaseOrder.enumerated().compactMap { order, id in
            leases[id].flatMap { entry in entry.dueAt.map { (due: $0, order: order, lease: entry.lease) } }
        }
        .filter { $0.lease.isFor(database, attempt) && $0.due <= now }
        .sorted { ($0.due, $0.order) < ($1.due, $1.order) }
        return due.prefix(max(limit, 0)).map(\.lease)
    }

    mutating func record(
        _ request: AccessRequest, _ lease: Lease?, _ events: [AuditEvent]
    ) throws(StoreError) {
        guard requests.updateValue(request, forKey: request.id) == nil else {
            throw .other("a rule of the state forbids it")
        }
        requestOrder.append(request.id)
        if let lease {
            let taken = leases[lease.id] != nil || leases.values.contains { $0.lease.role == lease.role }
            guard !taken else { throw .other("a rule of the state forbids it") }
            leaseOrder.append(lease.id)
            leases[lease.id] = InMemoryStore.Entry(lease: lease)
        }
        try append(events)
    }

    func refusal(_ quota: Quota?, _ lease: Lease) -> Refusal? {
        let counted = leases.values.filter {
            $0.lease.profile == lease.profile && $0.lease.state.countsAsActive
        }
        return quota?.refusal(
            profile: lease.profile,
            ofPerson: counted.count { $0.lease.requester.uid == lease.requester.uid }, inAll: counted.count)
    }

    func repeated(_ admission: Admission) throws(StoreError) -> AdmissionResult? {
        guard let key = admission.idempotencyKey, let use = keys[admission.request.requester.uid]?[key],
            admission.request.createdAt < use.usedAt.addingTimeInterval(Admission.idempotencyWindow),
            let first = requests[use.request], let lease = first.leaseID.flatMap({ leases[$0]?.lease })
        else { return nil }
        guard first.asksTheSame(as: admission.request) else { throw .idempotencyConflict }
        guard lease.state != .failed else { return nil }
        return .repeated(first, lease)
    }

    mutating func apply(_ step: LeaseStep, now: Date) throws(StoreError) -> LeaseStepResult {
        guard let before = leases[step.lease]?.lease else {
            return LeaseStepResult(change: .impossible, lease: nil)
        }
        var lease = before
        let change = lease.apply(step.event, now: now)
        switch change {
        case .impossible: return LeaseStepResult(change: change, lease: before)
        case .already:
            leases[lease.id]?.lease = lease
            if lease != before, step.event.endsAttempt { leases[lease.id]?.claim = nil }
        case .changed:
            leases[lease.id] = InMemoryStore.Entry(lease: lease)
            if before.state == .creating, lease.state == .active { _ = requests[lease.requestID]?.issued() }
            if let audit = step.audit { try append([audit]) }
        }
        return LeaseStepResult(change: change, lease: lease)
    }
}

extension Lease {
    fileprivate func isFor(_ database: DatabaseName, _ attempt: Attempt) -> Bool {
        self.database == database && (attempts > 0) == (attempt == .again)
    }

    /// The same lease with its next attempt due by `now`.
    fileprivate func dueBy(_ now: Date) -> Lease {
        Lease(
            id: id, requestID: requestID, database: database, engine: engine, profile: profile,
            requester: requester, reason: reason, ticket: ticket, role: role, groups: groups,
            createdAt: createdAt, endsLatestAt: endsLatestAt, expiresAt: expiresAt, state: state,
            isTethered: isTethered, roleOID: roleOID, validUntil: validUntil, endedAt: endedAt,
            endReason: endReason,
            attempts: attempts, nextAttemptAt: min(nextAttemptAt ?? now, now), obstacle: obstacle)
    }
}
