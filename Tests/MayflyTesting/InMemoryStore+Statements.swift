package import Foundation
package import MayflyCore
import MayflyCrypto
import Synchronization

extension InMemoryStore {
    package func record(_ reading: StatementReading, at now: Date) async throws(StoreError) -> Bool {
        try write { state throws(StoreError) in
            guard let lease = state.leases[reading.lease]?.lease else {
                throw .other("there is no such lease")
            }
            var summary = state.statements[reading.lease] ?? StatementSummary(reading, at: now)
            guard state.statements[reading.lease] == nil || summary.take(reading, at: now) else {
                return false
            }
            state.statements[reading.lease] = summary
            let digest = try? SHA256Digest(hashing: Array("\(summary)".utf8)).hex
            try state.append([.read(summary, of: lease, sha256: digest ?? "", at: now)])
            return true
        }
    }

    package func statements(of lease: LeaseID) async throws(StoreError) -> StatementSummary? {
        state.withLock { $0.statements[lease] }
    }

    package func statementCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: Int64] {
        state.withLock { state in
            state.statements.filter { leases.contains($0.key) && $0.value.source.tells }
                .mapValues { $0.entries.reduce(0) { $0 + $1.counts.calls } }
        }
    }
}
