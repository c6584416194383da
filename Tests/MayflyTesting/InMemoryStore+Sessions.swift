package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func follow(
        _ sessions: [Session], leavingOut: [SessionsLeftOut]
    ) async throws(StoreError) -> [Session] {
        try write { state throws(StoreError) in
            for one in leavingOut {
                guard state.leases[one.lease.id] != nil else { throw .other("there is no such lease") }
                state.leftOut[one.lease.id, default: 0] += one.count
                try state.append([.leftOut(one)])
            }
            return try Self.follow(sessions, &state)
        }
    }

    static func follow(_ sessions: [Session], _ state: inout State) throws(StoreError) -> [Session] {
        var followed: [Session] = []
        for session in sessions {
            if let index = state.sessions.firstIndex(where: { $0.id == session.id }) {
                if state.sessions[index].isOpen, session.ending != nil {
                    state.sessions[index].ending = session.ending
                    state.sessions[index].lastSeenAt = session.lastSeenAt
                    try state.append([.following(state.sessions[index])])
                }
                followed.append(state.sessions[index])
                continue
            }
            if session.key.since > 0,
                let same = state.sessions.first(where: {
                    $0.lease == session.lease && $0.key.host == session.key.host
                        && $0.key.number == session.key.number
                        && $0.key.since / 1000 == session.key.since / 1000
                })
            {
                followed.append(same)
                continue
            }
            guard state.leases[session.lease] != nil else { throw .other("there is no such lease") }
            var new = session
            new.novelties = Self.novelties(of: session, among: state.sessions)
            var begun = new
            begun.ending = nil
            state.sessions.append(new)
            try state.append(new.isOpen ? [.following(new)] : [.following(begun), .following(new)])
            followed.append(new)
        }
        return followed
    }

    private static func novelties(of session: Session, among all: [Session]) -> Set<Session.Novelty> {
        let earlier = all.filter {
            $0.requester.uid == session.requester.uid && $0.requester.key == session.requester.key
        }
        guard !earlier.isEmpty else { return [] }
        var novelties: Set<Session.Novelty> = []
        if let address = session.client.address, !earlier.contains(where: { $0.client.address == address }) {
            novelties.insert(.address)
        }
        if let name = session.client.application, !earlier.contains(where: { $0.client.application == name })
        {
            novelties.insert(.application)
        }
        return novelties
    }

    package func sessions(_ query: SessionQuery) async throws(StoreError) -> [Session] {
        if let prefix = query.idPrefix, prefix.utf8.count < 4 { return [] }
        return state.withLock { state in
            let older =
                query.before.flatMap { id in state.sessions.firstIndex { $0.id == id } }
                .map { state.sessions[..<$0] } ?? state.sessions[...]
            let found = older.reversed().filter { session in
                (query.id.map { $0 == session.id } ?? true)
                    && (query.idPrefix.map { session.id.rawValue.hasPrefix($0) } ?? true)
                    && (query.lease.map { $0 == session.lease } ?? true)
                    && (query.leases?.contains(session.lease) ?? true)
                    && (query.database.map { $0 == session.database } ?? true)
                    && (query.user.map { $0 == session.requester.user } ?? true)
                    && (query.uid.map { $0 == session.requester.uid } ?? true)
                    && (query.key.map { $0 == session.requester.key } ?? true)
                    && (query.isOpen.map { $0 == session.isOpen } ?? true)
            }
            return Array(found.prefix(max(query.limit, 0)))
        }
    }

    package func sessionCounts(of leases: [LeaseID]) async throws(StoreError) -> [LeaseID: SessionCount] {
        state.withLock { state in
            var counts = state.leftOut.filter { leases.contains($0.key) }
                .mapValues { SessionCount(leftOut: $0) }
            for session in state.sessions where leases.contains(session.lease) {
                counts[session.lease, default: SessionCount()].listed += 1
            }
            return counts
        }
    }

    package func cover(_ stretch: WatchedStretch, recording events: [AuditEvent]) async throws(StoreError) {
        try write { state throws(StoreError) in
            let known = state.stretches.firstIndex {
                $0.database == stretch.database && $0.from.milliseconds == stretch.from.milliseconds
            }
            if let known {
                state.stretches[known].until = max(state.stretches[known].until, stretch.until)
            } else {
                state.stretches.append(stretch)
            }
            try state.append(events)
        }
    }

    package func watchedStretches(
        _ database: DatabaseName, after: Date
    ) async throws(StoreError) -> [WatchedStretch] {
        state.withLock { state in
            state.stretches.filter { $0.database == database && $0.until >= after }
                .sorted { $0.from < $1.from }
        }
    }

    package func lastWatchedStretch(_ database: DatabaseName) async throws(StoreError) -> WatchedStretch? {
        state.withLock { state in
            state.stretches.filter { $0.database == database }.max { $0.from < $1.from }
        }
    }
}
