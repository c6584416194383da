package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func lastDurable() async throws(StoreError) -> Int64 {
        state.withLock { Int64($0.audit.count) }
    }

    package func export(
        after: Int64, _ actions: Set<AuditEvent.Action>, limit: Int
    ) async throws(StoreError) -> AuditExport {
        state.withLock { state in
            let found = state.audit.dropFirst(Int(after)).filter { actions.contains($0.event.action) }
            let records = Array(found.prefix(max(limit, 0)))
            let last = max(after, Int64(state.audit.count))
            return AuditExport(
                records: records, upTo: records.count == limit ? records.last?.sequence ?? after : last)
        }
    }

    package func cursors() async throws(StoreError) -> [Exporter: Int64] { state.withLock { $0.cursors } }

    package func beginCursor(_ exporter: Exporter) async throws(StoreError) -> Int64 {
        try write { state throws(StoreError) in
            let place = state.cursors[exporter] ?? Int64(state.audit.count)
            state.cursors[exporter] = place
            return place
        }
    }

    package func moveCursor(_ exporter: Exporter, to sequence: Int64) async throws(StoreError) {
        try write { state throws(StoreError) in
            guard let place = state.cursors[exporter] else { return }
            state.cursors[exporter] = max(place, sequence)
        }
    }

    package func changeCursors(
        beginning new: [Exporter], ending old: [Exporter],
        recording record:
            @escaping @Sendable (_ begun: [Exporter: Int64], _ ended: [Exporter: Int64]) -> [AuditEvent]
    ) async throws(StoreError) {
        try write { state throws(StoreError) in
            var (begun, ended): ([Exporter: Int64], [Exporter: Int64]) = ([:], [:])
            for exporter in new where state.cursors[exporter] == nil {
                begun[exporter] = Int64(state.audit.count)
                state.cursors[exporter] = Int64(state.audit.count)
            }
            for exporter in old { ended[exporter] = state.cursors.removeValue(forKey: exporter) }
            guard !begun.isEmpty || !ended.isEmpty else { return }
            try state.append(record(begun, ended))
        }
    }

    package func endCursor(_ exporter: Exporter) async throws(StoreError) {
        try write { state throws(StoreError) in state.cursors[exporter] = nil }
    }

    package func warnExpiring(
        now: Date, before: TimeInterval, limit: Int
    ) async throws(StoreError) -> [Lease] {
        try write { state throws(StoreError) in
            let due = state.leases.values.map(\.lease).filter {
                $0.isExpiring(now: now, before: before) && state.warned[$0.id] != $0.expiresAt
            }
            .sorted { $0.expiresAt < $1.expiresAt }.prefix(max(limit, 0))
            for lease in due { state.warned[lease.id] = lease.expiresAt }
            try state.append(due.map { .expiring($0, at: now) })
            return Array(due)
        }
    }
}
