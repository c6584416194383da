import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func history(_ query: HistoryQuery) async throws(StoreError) -> History {
        state.withLock { $0.history(query) }
    }
}

extension InMemoryStore.State {
    func history(_ query: HistoryQuery) -> History {
        var history = History()
        let everybodys = leases.values.map(\.lease)
        let isTheirs = theirs(query.identities)
        let leases = everybodys.filter { isTheirs($0.requester) }
        history.activeInAll = everybodys.count { $0.profile == query.profile && $0.state.countsAsActive }
        history.held = leases.filter { lease in
            query.conflictsWithin == nil
                ? lease.profile == query.profile && lease.state.countsAsActive : !lease.state.isFinal
        }.map { History.Held($0.profile, countsAsActive: $0.state.countsAsActive) }
        if let within = query.conflictsWithin, within > 0 {
            let since = query.now.addingTimeInterval(-TimeInterval(within))
            for lease in leases where lease.state == .revoked {
                guard let end = lease.endedAt, end > since else { continue }
                history.ended[lease.profile] = max(end, history.ended[lease.profile] ?? end)
            }
        }
        let requests = requestOrder.prefix { $0 != query.before }.compactMap { self.requests[$0] }
            .filter { isTheirs($0.requester) }
        if query.wantsRequestsInHour {
            for request in requests where request.createdAt > query.now.addingTimeInterval(-3600) {
                guard request.state != .denied || request.peopleSpoke else { continue }
                if let rule = request.rule { history.requestsInHour[rule, default: 0] += 1 }
            }
        }
        if query.wantsReviews { history.note(openReviews(of: query.identities), now: query.now) }
        if query.wantsEarlier {
            history.earlier = requests.reversed().filter { $0.profile == query.profile }
                .prefix(History.earlierLimit)
                .map {
                    .init(
                        id: $0.id, at: $0.createdAt, ttl: $0.ttl,
                        result: .init($0.state, byPeople: $0.peopleSpoke))
                }
        }
        return history
    }

    /// Whether somebody on record is one of them.
    func theirs(_ identities: Identities) -> (Lease.Requester) -> Bool {
        let ofUsers = requests.values.map(\.requester)
            .filter { $0.key == "uid:\($0.uid)" && identities.users.contains($0.user) }.map(\.key)
        let keys = identities.keys.union(ofUsers)
        return { $0.person == identities.person || keys.contains($0.key) }
    }
}

extension InMemoryStore.State {
    func openReviews(of identities: Identities) -> [Review] {
        let isTheirs = theirs(identities)
        return reviews.filter { $0.finding == nil && isTheirs(.init($0.identity, person: $0.person)) }
    }
}

extension AccessRequest {
    fileprivate var peopleSpoke: Bool { course?.votes.isEmpty == false }
}
