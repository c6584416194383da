package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func move<Outcome: Sendable>(
        _ id: RequestID, _ move: @escaping @Sendable (inout AccessRequest) -> RequestMove<Outcome>
    ) async throws(StoreError) -> RequestMoved<Outcome>? {
        try write { state throws(StoreError) in
            guard var request = state.requests[id] else { return nil }
            let moved = move(&request)
            state.requests[id] = request
            try state.use(moved.uses)
            try state.append(moved.events)
            return RequestMoved(request, moved.outcome)
        }
    }

    package func request(approvedBy issuer: String, _ id: String) async throws(StoreError) -> RequestID? {
        state.withLock { $0.approvals[[issuer, id]] }
    }

    package func dueRequests(now: Date, limit: Int) async throws(StoreError) -> [AccessRequest] {
        state.withLock { state in
            let due = state.requestOrder.enumerated().compactMap { order, id in
                state.requests[id].flatMap { request in
                    request.dueAt.map { (due: $0, order: order, request: request) }
                }
            }
            .filter { $0.due.milliseconds <= now.milliseconds }
            .sorted { ($0.due, $0.order) < ($1.due, $1.order) }
            return due.prefix(max(limit, 0)).map(\.request)
        }
    }

    package func nextDueRequest() async throws(StoreError) -> Date? {
        state.withLock { state in state.requests.values.compactMap(\.dueAt).min() }
    }
}
