package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func begin(
        _ lockdown: Lockdown, events: [AuditEvent], ending: @escaping @Sendable (Lease) -> LeaseStep
    ) async throws(StoreError) -> [Lease] {
        try write { state throws(StoreError) in
            guard !state.lockdowns.contains(where: { $0.id == lockdown.id }) else {
                throw .other("a rule of the state forbids it")
            }
            state.lockdowns.append(lockdown)
            try state.append(events)
            guard lockdown.revokes else { return [] }
            var ended: [Lease] = []
            for lease in state.leaseOrder.compactMap({ state.leases[$0]?.lease })
            where !lease.state.isFinal && lockdown.scope.covers(.init(of: lease)) {
                ended.append(try state.apply(ending(lease), now: lockdown.since).lease ?? lease)
            }
            return ended
        }
    }

    package func end(
        _ id: LockdownID, _ ending: Lockdown.Ending, audit: AuditEvent
    ) async throws(StoreError) -> LockdownEnded? {
        try write { state throws(StoreError) in
            guard let index = state.lockdowns.firstIndex(where: { $0.id == id }) else { return nil }
            let change = state.lockdowns[index].end(ending)
            if change == .changed { try state.append([audit]) }
            return LockdownEnded(change, state.lockdowns[index])
        }
    }

    package func lockdowns(_ query: LockdownQuery) async throws(StoreError) -> [Lockdown] {
        state.withLock { state in
            let found = state.lockdowns.reversed().filter { $0.isInForce || !query.inForce }
            return Array(found.prefix(max(query.limit, 0)))
        }
    }
}
