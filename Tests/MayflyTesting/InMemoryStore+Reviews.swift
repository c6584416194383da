package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func move<Outcome: Sendable>(
        _ id: ReviewID, _ move: @escaping @Sendable (inout Review) -> RequestMove<Outcome>
    ) async throws(StoreError) -> ReviewMoved<Outcome>? {
        try write { state throws(StoreError) in
            guard let index = state.reviews.firstIndex(where: { $0.id == id }) else { return nil }
            let moved = move(&state.reviews[index])
            try state.append(moved.events)
            return ReviewMoved(state.reviews[index], moved.outcome)
        }
    }

    package func reviews(_ query: ReviewQuery) async throws(StoreError) -> [Review] {
        if let prefix = query.idPrefix, prefix.utf8.count < 4 { return [] }
        return state.withLock { state in
            let older =
                query.before.flatMap { id in state.reviews.firstIndex { $0.id == id } }
                .map { state.reviews[..<$0] } ?? state.reviews[...]
            let found = older.reversed().filter { review in
                let ids = [review.id.rawValue, review.leaseID.rawValue, review.requestID.rawValue]
                return (query.leases?.contains(review.leaseID) ?? true)
                    && (query.person.map { $0 == review.person } ?? true)
                    && (query.isDone.map { $0 == (review.finding != nil) } ?? true)
                    && (query.idPrefix.map { prefix in ids.contains { $0.hasPrefix(prefix) } } ?? true)
            }
            return Array(found.prefix(max(query.limit, 0)))
        }
    }

    package func dueReviews(now: Date, limit: Int) async throws(StoreError) -> [Review] {
        state.withLock { state in
            let due = state.reviews.compactMap { review in review.nagAt.map { ($0, review) } }
                .filter { $0.0 <= now }.sorted { $0.0 < $1.0 }
            return due.prefix(max(limit, 0)).map(\.1)
        }
    }
}
