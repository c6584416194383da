package import Foundation
package import MayflyCore

/// Saying what would be decided.
extension Broker {
    package func explain(
        _ request: LeaseRequest, of identity: Identity, at: Date?, by caller: Identity
    ) async throws(Refusal) -> Explanation {
        guard identity.key == caller.key || identity.ofSocket == caller.ofSocket || isAuditor(caller) else {
            throw Refusal(
                .denied, "what others may have is for auditors and administrators to ask", field: "as")
        }
        let policy = configuration.policy
        let now = timekeeper.now()
        var history = try await history(policy.historyToExplain(request, by: identity, now: now))
        // The history is today's, also for another day; but lockdowns say when they end.
        if let at { history.lockdowns.removeAll { $0.until.map { $0 <= at } ?? false } }
        return policy.explain(request, by: identity, history: history, now: at ?? now)
    }

    /// What the record says, as far as it is asked, and what is stopped.
    func history(_ query: HistoryQuery?) async throws(Refusal) -> History {
        var history = History()
        if let query {
            history = try await stored { () async throws(StoreError) in try await store.history(query) }
        }
        history.lockdowns = lockdowns
        return history
    }
}
