package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func admit(_ admission: Admission) async throws(StoreError) -> AdmissionResult {
        try write { state throws(StoreError) in
            guard let lease = admission.lease else { return try state.admitWithoutLease(admission) }
            if let refusal = admission.stopped(by: state.lockdowns, now: lease.createdAt) {
                return try state.refuse(admission, refusal)
            }
            if let repeated = try state.repeated(admission) { return repeated }
            let redeemed = try state.redeemed(admission, lease)
            if case .refused(let refusal) = redeemed?.outcome { return .notRedeemed(refusal) }
            if let terms = admission.review {
                var history = History()
                history.note(
                    state.openReviews(of: admission.identities), now: lease.createdAt)
                if let refusal = terms.suspension(history) { return try state.refuse(admission, refusal) }
            }
            if let refusal = state.limit(admission, at: lease.createdAt) {
                return try state.refuse(admission, refusal)
            }
            if let redeemed {
                state.requests[redeemed.request.id] = redeemed.request
                state.leaseOrder.append(lease.id)
                state.leases[lease.id] = Entry(lease: lease)
                try state.append(admission.events)
            } else {
                try state.record(admission.request, lease, admission.events)
            }
            state.remember(admission)
            return .admitted
        }
    }

    package func request(keyed key: String, of uid: UInt32, now: Date) async throws(StoreError)
        -> AccessRequest?
    {
        state.withLock { $0.keyed(key, of: uid, now: now) }
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

    mutating func admitWithoutLease(_ admission: Admission) throws(StoreError) -> AdmissionResult {
        let request = admission.request
        if !request.state.isFinal {
            if let repeated = try repeated(admission) { return repeated }
            let isTheirs = theirs(admission.identities)
            let waiting = requests.values.count { $0.dueAt != nil && isTheirs($0.requester) }
            let extends = request.course?.extends?.lease
            let open = requestOrder.first {
                guard let extends, let other = requests[$0], other.dueAt != nil else { return false }
                return isTheirs(other.requester) && other.course?.extends?.lease == extends
            }
            if let refusal = admission.stopped(by: lockdowns, now: request.createdAt)
                ?? AccessRequest.refusal(waiting: waiting)
                ?? open.map(AccessRequest.refusal(extendedBy:))
                ?? limit(admission, at: admission.request.createdAt)
            {
                return try refuse(admission, refusal)
            }
        }
        try record(request, nil, admission.events)
        try use(admission.uses)
        if !request.state.isFinal { remember(admission) }
        return .admitted
    }

    mutating func refuse(_ admission: Admission, _ refusal: Refusal) throws(StoreError) -> AdmissionResult {
        if let events = admission.overQuota(refusal) {
            if admission.redeemer == nil {
                try record(admission.request.denied(), nil, events)
            } else {
                try append(events)
            }
        }
        return .overQuota(refusal)
    }

    /// The request on record, redeemed or not; nil for a new request.
    func redeemed(
        _ admission: Admission, _ lease: Lease
    ) throws(StoreError) -> RequestMoved<AccessRequest.Redemption>? {
        guard let redeemer = admission.redeemer else { return nil }
        guard var request = requests[admission.request.id] else {
            throw .corrupt("the request to redeem is not there")
        }
        let outcome = request.redeem(lease.id, by: redeemer, now: lease.createdAt)
        return RequestMoved(request, outcome)
    }

    mutating func remember(_ admission: Admission) {
        guard let key = admission.scopedKey else { return }
        let usedAt = admission.lease?.createdAt ?? admission.request.createdAt
        keys[admission.request.requester.uid, default: [:]][key] = (admission.request.id, usedAt)
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

    func limit(_ admission: Admission, at now: Date) -> Refusal? {
        guard var limits = admission.limits else { return nil }
        if admission.redeemer != nil { limits = limits.ofRedemption }
        let known = history(limits.history(of: admission.identities, at: now))
        return limits.refusal(known, now: now, lease: admission.lease != nil)
    }

    func repeated(_ admission: Admission) throws(StoreError) -> AdmissionResult? {
        guard let key = admission.scopedKey,
            let first = keyed(
                key, of: admission.request.requester.uid,
                now: admission.lease?.createdAt ?? admission.request.createdAt)
        else { return nil }
        if admission.redeemer != nil, first.id == admission.request.id, first.leaseID == nil { return nil }
        guard first.asksTheSame(as: admission.request) else { throw .idempotencyConflict }
        guard let lease = first.leaseID.flatMap({ leases[$0]?.lease }) else { return .waiting(first) }
        guard lease.state != .failed else { return nil }
        return .repeated(first, lease)
    }

    func keyed(_ key: String, of uid: UInt32, now: Date) -> AccessRequest? {
        guard let use = keys[uid]?[key], now < use.usedAt.addingTimeInterval(Admission.idempotencyWindow)
        else { return nil }
        return requests[use.request]
    }

    mutating func apply(_ step: LeaseStep, now: Date) throws(StoreError) -> LeaseStepResult {
        guard let before = leases[step.lease]?.lease else {
            return LeaseStepResult(change: .impossible, lease: nil)
        }
        if step.givesAccess(to: before), let lockdown = lockdowns.stopping(.init(of: before)) {
            let overtaken = LeaseStep.overtaken(before, by: lockdown, now: now)
            var after: Lease? = before
            if let overtaken { after = try apply(overtaken, now: now).lease }
            return LeaseStepResult(change: .impossible, lease: after, refusal: lockdown.refusal(now: now))
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
            if lease.state == .failed { _ = requests[lease.requestID]?.undone(lease.id) }
            if let request = step.fulfils { _ = requests[request]?.issued() }
            if let audit = step.audit { try append([audit]) }
            if let review = step.review {
                reviews.append(review)
                try append([.init(.reviewDue, review, by: .broker, at: now)])
            }
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
            narrowing: narrowing, narrowedGroup: narrowedGroup, isBreakGlass: isBreakGlass,
            createdAt: createdAt, endsLatestAt: endsLatestAt, expiresAt: expiresAt, state: state,
            isTethered: isTethered, roleOID: roleOID, validUntil: validUntil, endedAt: endedAt,
            endReason: endReason,
            attempts: attempts, nextAttemptAt: min(nextAttemptAt ?? now, now), obstacle: obstacle,
            mode: mode)
    }
}
