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
                for var line in batch.lines where line.lease == id {
                    let known = (state.loggedLines + its).filter {
                        $0.lease == id && $0.backend == line.backend && $0.number == line.number
                    }
                    if known.contains(where: { $0.isSame(as: line) }) { continue }
                    guard known.count < 2 else {
                        totals.leftOut.lines += 1
                        continue
                    }
                    if !known.isEmpty { line = line.rival }
                    if totals.admit(line) { its.append(line) }
                }
                let leftOut = batch.leftOut[id] ?? .init()
                totals.leftOut.lines += leftOut.lines
                totals.leftOut.logins += leftOut.logins
                guard totals != before else { continue }
                let unsaid = totals.say(withNews: !its.isEmpty, at: now)
                state.loggedTotals[id] = totals
                state.loggedLines += its
                let digest = try? SHA256Digest(hashing: Array("\(its)".utf8)).hex
                try state.append(
                    AuditEvent.logged(
                        its, leftOut: unsaid, of: lease, sha256: digest ?? "",
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

    package func logged(_ query: LoggedQuery) async throws(StoreError) -> LoggedPage {
        state.withLock { state in
            let found = state.loggedLines.enumerated().filter { place, line in
                line.lease == query.lease && place >= query.after
                    && query.backend.map { $0 == line.backend } ?? true
                    && query.ofStatements.map { $0 == line.what.isOfStatement } ?? true
            }
            let page = found.prefix(max(query.limit, 0))
            return LoggedPage(
                lines: page.map(\.element),
                next: found.count > page.count ? page.last.map { Int64($0.offset + 1) } : nil)
        }
    }
}
