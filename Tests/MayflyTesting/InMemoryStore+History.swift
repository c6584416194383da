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
        let leases = everybodys.filter { $0.requester.person == query.person }
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
        let requests = requestOrder.compactMap { self.requests[$0] }
            .filter { $0.requester.person == query.person }
        if query.wantsRequestsInHour {
            for request in requests where request.createdAt > query.now.addingTimeInterval(-3600) {
                guard request.state != .denied || request.peopleSpoke else { continue }
                if let rule = request.rule { history.requestsInHour[rule, default: 0] += 1 }
            }
        }
        if query.wantsEarlier {
            history.earlier = requests.reversed().filter { $0.profile == query.profile }
                .prefix(History.earlierLimit)
                .map {
                    .init(at: $0.createdAt, ttl: $0.ttl, result: .init($0.state, byPeople: $0.peopleSpoke))
                }
        }
        return history
    }
}

extension AccessRequest {
    fileprivate var peopleSpoke: Bool { course?.votes.isEmpty == false }
}
