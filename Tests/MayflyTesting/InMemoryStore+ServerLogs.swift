package import Foundation
package import MayflyCore
import MayflyCrypto
import Synchronization

extension InMemoryStore {
    package func serverLogCursors(_ database: DatabaseName) async throws(StoreError) -> [LogCursor] {
        state.withLock { $0.logCursors[database] ?? [] }
    }

    package func take(_ batch: ServerLogBatch, now: Date) async throws(StoreError) -> [LoggedLine] {
        try write { state throws(StoreError) in
            var news: [LoggedLine] = []
            let leases = Set(batch.lines.map(\.lease)).union(batch.leftOut.keys)
            for id in leases.sorted(by: { $0.rawValue < $1.rawValue }) {
                guard let lease = state.leases[id]?.lease else { throw .other("there is no such lease") }
                let before = state.loggedTotals[id] ?? LoggedTotals()
                var (totals, its) = (before, [LoggedLine]())
                for line in batch.lines where line.lease == id {
                    let isKnown = (state.loggedLines + its).contains {
                        $0.lease == id && $0.backend == line.backend && $0.number == line.number
                    }
                    if !isKnown, totals.admit(line) { its.append(line) }
                }
                totals.leftOut += batch.leftOut[id] ?? 0
                guard totals != before else { continue }
                state.loggedTotals[id] = totals
                state.loggedLines += its
                let digest = try? SHA256Digest(hashing: Array("\(its)".utf8)).hex
                try state.append(
                    AuditEvent.logged(
                        its, leftOut: totals.leftOut - before.leftOut, of: lease, sha256: digest ?? "",
                        at: now))
                news += its
            }
            var counts: [LeaseID: Int] = [:]
            for session in batch.sessions {
                let count =
                    counts[session.lease]
                    ?? state.sessions.count { $0.lease == session.lease && $0.source == .serverLog }
                counts[session.lease] = count
                guard count < SessionBudget.mostLogged else { continue }
                _ = try Self.follow([session], &state)
                counts[session.lease] = count + 1
            }
            try state.append(AuditEvent.gaps(batch.gaps, of: batch.database, at: now))
            state.logCursors[batch.database] = batch.cursors
            return news
        }
    }

    package func loggedTotals(of lease: LeaseID) async throws(StoreError) -> LoggedTotals {
        state.withLock { $0.loggedTotals[lease] ?? LoggedTotals() }
    }

    package func loggedLines(of lease: LeaseID, in backend: LogBackend?, limit: Int) async throws(StoreError)
        -> [LoggedLine]
    {
        state.withLock { state in
            let found = state.loggedLines.filter {
                $0.lease == lease && (backend == nil || $0.backend == backend)
            }
            return Array(found.prefix(max(limit, 0)))
        }
    }
}
