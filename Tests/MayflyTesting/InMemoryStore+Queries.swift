import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func lease(_ id: LeaseID) async throws(StoreError) -> Lease? {
        state.withLock { $0.leases[id]?.lease }
    }

    package func leases(_ query: LeaseQuery) async throws(StoreError) -> [Lease] {
        if let prefix = query.idPrefix, prefix.utf8.count < 4 { return [] }
        return state.withLock { state in
            let older = Self.older(than: query.before, state.leaseOrder)
            let isTheirs = query.identities.map(state.theirs)
            let found = older.reversed().compactMap { state.leases[$0]?.lease }.filter { lease in
                (query.ids?.contains(lease.id) ?? true)
                    && (query.roles?.contains(lease.role) ?? true)
                    && (query.uid.map { $0 == lease.requester.uid } ?? true)
                    && (query.key.map { $0 == lease.requester.key } ?? true)
                    && (isTheirs?(lease.requester) ?? true)
                    && (query.requester.map { $0 == lease.requester.user } ?? true)
                    && (query.who.map {
                        [lease.requester.user, lease.requester.person.rawValue].contains($0)
                    }
                        ?? true)
                    && (query.lived?.meets(lease) ?? true)
                    && (query.database.map { $0 == lease.database } ?? true)
                    && (query.profile.map { $0 == lease.profile } ?? true)
                    && (query.states?.contains(lease.state) ?? true)
                    && (query.isTethered.map { $0 == lease.isTethered } ?? true)
                    && (query.expiresAfter.map { $0 < lease.expiresAt } ?? true)
                    && (query.rule.map { $0 == state.requests[lease.requestID]?.rule } ?? true)
                    && (query.idPrefix.map(lease.id.rawValue.hasPrefix) ?? true)
            }
            return Array(found.prefix(max(query.limit, 0)))
        }
    }

    package func request(_ id: RequestID) async throws(StoreError) -> AccessRequest? {
        state.withLock { $0.requests[id] }
    }

    package func requests(_ query: RequestQuery) async throws(StoreError) -> [AccessRequest] {
        if let prefix = query.idPrefix, prefix.utf8.count < 4 { return [] }
        return state.withLock { state in
            let older = Self.older(than: query.before, state.requestOrder)
            let found = older.reversed().compactMap { state.requests[$0] }.filter { request in
                (query.ids?.contains(request.id) ?? true)
                    && (query.madeIn?.contains(request.createdAt) ?? true)
                    && (query.uid.map { $0 == request.requester.uid } ?? true)
                    && (query.key.map { $0 == request.requester.key } ?? true)
                    && (query.person.map { $0 == request.requester.person } ?? true)
                    && (query.idPrefix.map(request.id.rawValue.hasPrefix) ?? true)
                    && (query.profile.map { $0 == request.profile } ?? true)
                    && (query.states?.contains(request.state) ?? true)
            }
            return Array(found.prefix(max(query.limit, 0)))
        }
    }

    package func liveLeases(_ database: DatabaseName) async throws(StoreError) -> [LeaseID: Lease.State] {
        state.withLock { state in
            state.leases.values.map(\.lease).reduce(into: [:]) { live, lease in
                if lease.database == database, !lease.state.isFinal { live[lease.id] = lease.state }
            }
        }
    }

    package func counts() async throws(StoreError) -> [LeaseCount] {
        state.withLock { state in
            let counts = state.leases.values.map(\.lease).reduce(into: [LeaseCount: Int]()) { counts, lease in
                let key = LeaseCount(
                    database: lease.database, profile: lease.profile, state: lease.state, count: 0)
                counts[key, default: 0] += 1
            }
            return counts.map { key, count in
                LeaseCount(database: key.database, profile: key.profile, state: key.state, count: count)
            }
        }
    }

    package func record(_ events: [AuditEvent]) async throws(StoreError) {
        try write { state throws(StoreError) in try state.append(events) }
    }

    package func audit(_ query: AuditQuery) async throws(StoreError) -> [AuditRecord] {
        state.withLock { state in
            let found = state.audit.filter { state.matches($0, query) }
            let limit = max(query.limit, 0)
            return Array(query.newest ? found.suffix(limit) : found.prefix(limit))
        }
    }

    package func indexAudit(limit: Int) async throws(StoreError) -> Bool { false }

    package func firstBrokenAuditRecord() async throws(StoreError) -> Int64? { nil }

    private static func older<ID: Equatable>(than before: ID?, _ order: [ID]) -> ArraySlice<ID> {
        guard let before else { return order[...] }
        return order[..<(order.firstIndex(of: before) ?? 0)]
    }
}

extension InMemoryStore.State {
    fileprivate func matches(_ record: AuditRecord, _ query: AuditQuery) -> Bool {
        let actor: UInt32? =
            switch record.event.actor {
            case .person(let identity): identity.uid
            case .broker: nil
            }
        let subject = record.event.subject
        let concerned = [
            actor, subject.lease.flatMap { leases[$0]?.lease.requester.uid },
            subject.request.flatMap { requests[$0]?.requester.uid },
        ]
        return record.sequence > max(query.after ?? 0, pruned?.sequence ?? 0)
            && record.sequence < query.before ?? .max
            && query.matchesWords(record.event)
            && (query.lease.map { $0 == subject.lease } ?? true)
            && (query.actorUID.map { $0 == actor } ?? true)
            && (query.action.map { $0 == record.event.action } ?? true)
            && !query.leavingOut.contains(record.event.action)
            && (query.since.map { record.event.at.milliseconds >= $0.milliseconds } ?? true)
            && (query.until.map { record.event.at.milliseconds < $0.milliseconds } ?? true)
            && (query.concerning.map(concerned.contains) ?? true)
    }
}
