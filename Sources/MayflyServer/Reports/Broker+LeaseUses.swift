import Foundation
import MayflyCore

/// How leases were used, as far as it is on record.
extension Broker {
    /// A moment in milliseconds, which the schema put there: before it nobody looked at sessions.
    private static let followedSince = "sessions_followed_since"
    /// More sessions than that are counted, and not told one by one.
    private static let mostSpans = 20_000

    /// What is known of how leases were used; what is not known of one is left out.
    ///
    /// Sessions are seen by looking at the server: one between two looks is seen by none. That none was seen is said where
    /// somebody looked, and not of servers that cannot be looked at.
    func uses(of leases: [Lease]) async throws(StoreError) -> [LeaseID: LeaseUse] {
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
        let since = try await store.memo(Self.followedSince).flatMap(Int64.init).map(Date.init(milliseconds:))
        var looked: Set<DatabaseName> = []
        for (name, database) in databases where await database.sessions.figures.failure == nil {
            looked.insert(name)
        }
        var uses: [LeaseID: LeaseUse] = [:]
        for lease in leases {
            if let count = counts[lease.id] {
                uses[lease.id] = LeaseUse(sessions: count, spans: spans[lease.id] ?? [])
            } else if let since, lease.createdAt >= since, looked.contains(lease.database) {
                uses[lease.id] = LeaseUse(sessions: 0, spans: [])
            }
        }
        for (lease, count) in statements { uses[lease, default: .unknown].statements = Int(count) }
        return uses
    }
}
