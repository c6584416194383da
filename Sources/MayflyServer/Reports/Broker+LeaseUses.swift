import Foundation
package import MayflyCore

/// How leases were used, as far as it is on record.
extension Broker {
    /// More sessions than that are counted, and not told one by one.
    private static let mostSpans = 20_000

    /// What is known of how leases were used; what is not known of one is left out.
    ///
    /// Sessions are seen by looking at the server: one between two looks is seen by none. That none was seen is said where
    /// somebody looked for all of a lease's life (`WatchedStretch`), and where no statement of its is on record.
    package func uses(of leases: [Lease]) async throws(StoreError) -> [LeaseID: LeaseUse] {
        guard !leases.isEmpty else { return [:] }
        let ids = leases.map(\.id)
        let counts = try await store.sessionCounts(of: ids)
        let statements = try await store.statementCounts(of: ids)
        let sessions =
            counts.isEmpty
            ? [] : try await store.sessions(SessionQuery(leases: ids, limit: Self.mostSpans))
        let spans = Dictionary(grouping: sessions, by: \.lease).mapValues { theirs in
            theirs.map { LeaseUse.Span(from: $0.startedAt, to: $0.ending?.at) }.sorted { $0.from < $1.from }
        }
        let oldest = leases.map(\.createdAt).min() ?? .distantPast
        var stretches: [DatabaseName: [WatchedStretch]] = [:]
        for name in Set(leases.map(\.database)) {
            stretches[name] = try await store.watchedStretches(name, after: oldest)
        }
        let now = timekeeper.now()
        var uses: [LeaseID: LeaseUse] = [:]
        for lease in leases {
            let ran = statements[lease.id].map { Int($0) }
            let recorded = stretches[lease.database] ?? []
            if let count = counts[lease.id] {
                uses[lease.id] = LeaseUse(
                    sessions: count.all, statements: ran, spans: spans[lease.id] ?? [])
                continue
            }
            let isCovered =
                await databases[lease.database]?.sessions.covers(lease, recorded)
                ?? recorded.contains { $0.covers(lease, asOf: now) }
            // Somebody ran something in a session that nobody saw: how many there were is not known.
            if ran ?? 0 > 0 || !isCovered {
                uses[lease.id] = LeaseUse(statements: ran)
            } else {
                uses[lease.id] = LeaseUse(sessions: 0, statements: ran, spans: [])
            }
        }
        return uses
    }
}
