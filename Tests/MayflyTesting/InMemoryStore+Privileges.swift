package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func record(_ reading: PrivilegeReading, audit: AuditEvent) async throws(StoreError) -> Bool {
        try write { state throws(StoreError) in
            let last = state.readings.lastIndex {
                $0.database == reading.database && $0.groups == reading.groups
            }
            if let last, state.readings[last].hash == reading.hash {
                state.readings[last].confirmedAt = max(state.readings[last].confirmedAt, reading.confirmedAt)
                return false
            }
            state.readings.append(reading)
            try state.append([audit])
            return true
        }
    }

    package func privilegeReadings(
        _ database: DatabaseName, groups: [String], from: Date, to: Date
    ) async throws(StoreError) -> [PrivilegeReading] {
        state.withLock { state in
            let all = state.readings.filter {
                $0.database == database && $0.groups == groups.sorted() && $0.readAt <= to
            }
            let first = all.lastIndex { $0.readAt <= from } ?? 0
            return Array(all.dropFirst(first).prefix(100))
        }
    }

    package func liveGroups(_ database: DatabaseName) async throws(StoreError) -> Set<[String]> {
        state.withLock { state in
            Set(
                state.leases.values.map(\.lease).filter { $0.database == database && $0.state == .active }
                    .map(\.effectiveGroups))
        }
    }
}
