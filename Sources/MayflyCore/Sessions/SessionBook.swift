package import Foundation

/// The sessions of one database that are open by the last look, and what follows from the next. Pure.
///
///     var next = book
///     let changes = next.take(look, leases: leases, now: now)
///     try await store.follow(changes.all)      // on record first
///     book = next
package struct SessionBook: Sendable {
    /// What is to be put on record.
    package struct Changes: Sendable {
        package var began: [Session] = []
        /// As they are with their ending.
        package var ended: [Session] = []
        /// Of leases that have used up what is put on record one by one.
        package var leftOut: [SessionsLeftOut] = []

        package var isEmpty: Bool { began.isEmpty && ended.isEmpty && leftOut.isEmpty }
    }

    package private(set) var open: [SessionKey: Session] = [:]
    /// What each is doing, by the last look.
    package private(set) var now: [SessionID: SeenSession] = [:]
    private var servers: [String: SeenServer] = [:]
    private var told: Set<ToldSession> = []
    private var killed: Set<SessionID> = []
    /// Those that an administrator is ending, which may be gone by themselves meanwhile: how is said once it is known.
    private var killing: Set<SessionID> = []
    /// Those of them that a look did not find: what the server counted since is not all there was.
    private var missed: Set<SessionID> = []
    /// How many more of each lease are put on record.
    package var budget = SessionBudget()
    /// Those that are open and not on record, as their lease has used up its budget: they are once there is some.
    package private(set) var unlisted: [SessionKey: Unlisted] = [:]
    /// What of them is over, and not on record yet.
    private var leftOut: [LeaseID: SessionsLeftOut] = [:]
    /// It is put on record so often, in seconds.
    private static let leftOutEvery: TimeInterval = 60

    package struct Unlisted: Hashable, Sendable {
        var lease: Lease
        var client: SessionClient
    }

    /// - Parameter open: by the state, when the daemon starts.
    package init(open: [Session]) {
        self.open = Dictionary(open.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// An administrator is about to end it.
    package mutating func noteKilling(_ id: SessionID) { killing.insert(id) }

    /// That was done: that it is gone then is no accident.
    package mutating func noteKilled(_ id: SessionID) {
        killing.remove(id)
        killed.insert(id)
    }

    /// It was not ended by that: what becomes of it is not that.
    package mutating func forgetKilling(_ id: SessionID) { killing.remove(id) }

    /// What could not be put on record is found again, but for what our own calls ended.
    package mutating func remember(_ sessions: Set<ToldSession>) { told.formUnion(sessions) }

    /// Those that were killed while a look was put on record.
    package mutating func adoptKills(of other: SessionBook?) {
        let open = Set(open.values.map(\.id))
        killed = (other?.killed ?? []).intersection(open)
        killing = (other?.killing ?? []).intersection(open)
    }

    /// The leases that it must know to take a look: of sessions that are new, and of those that are gone.
    package func needed(for look: SessionLook) -> Set<LeaseID> {
        var needed: Set<LeaseID> = []
        for server in look.servers {
            let keys = Dictionary(
                server.sessions.map { ($0.key(on: server), $0.lease) },
                uniquingKeysWith: { first, _ in first })
            for (key, lease) in keys where open[key].map({ $0.lease != lease || isOver($0, server) }) ?? true
            {
                needed.insert(lease)
            }
            for (key, session) in open
            where key.host == server.host && (keys[key] == nil || isOver(session, server)) {
                needed.insert(session.lease)
            }
        }
        return needed
    }

    /// - Parameter leases: those of this database among `needed`. Sessions of others are not ours to follow: databases on one
    ///   server share its register.
    package mutating func take(_ look: SessionLook, leases: [LeaseID: Lease], now moment: Date) -> Changes {
        var changes = Changes()
        told.formUnion(look.told)
        for server in look.servers {
            var present: Set<SessionKey> = []
            // What was before a restart is over, whatever has its number now.
            for (key, session) in open where key.host == server.host && isOver(session, server) {
                changes.ended.append(end(session, on: server, leases, moment))
                open[key] = nil
            }
            for seen in server.sessions {
                let key = seen.key(on: server)
                if var session = open[key], session.lease == seen.lease {
                    session.lastSeenAt = moment
                    (open[key], now[session.id]) = (session, seen)
                    present.insert(key)
                } else if let lease = leases[seen.lease] {
                    // A number that is used again: the one before is over.
                    if let former = open[key] {
                        changes.ended.append(end(former, on: server, leases, moment))
                        open[key] = nil
                    }
                    present.insert(key)
                    guard budget.take(lease.id, now: moment) else {
                        if let former = unlisted[key], former.lease.id != lease.id {
                            leaveOut(former, moment)
                        }
                        unlisted[key] = Unlisted(lease: lease, client: seen.client)
                        continue
                    }
                    unlisted[key] = nil
                    let session = Session(of: lease, seen, on: server, now: moment)
                    (open[key], now[session.id]) = (session, seen)
                    changes.began.append(session)
                }
            }
            for (key, session) in open where key.host == server.host && !present.contains(key) {
                guard !killing.contains(session.id) else {
                    missed.insert(session.id)
                    continue
                }
                changes.ended.append(end(session, on: server, leases, moment))
                open[key] = nil
            }
            for (key, former) in unlisted where key.host == server.host && !present.contains(key) {
                leaveOut(former, moment)
                unlisted[key] = nil
            }
            servers[server.host] = server
        }
        changes.ended.sort { ($0.firstSeenAt, $0.id.rawValue) < ($1.firstSeenAt, $1.id.rawValue) }
        changes.leftOut = leftOut.values.filter {
            moment.timeIntervalSince($0.firstAt) >= Self.leftOutEvery || moment < $0.firstAt
        }.sorted { $0.lease.id.rawValue < $1.lease.id.rawValue }
        for one in changes.leftOut { leftOut[one.lease.id] = nil }
        budget.forgetOld(now: moment)
        return changes
    }

    private mutating func leaveOut(_ session: Unlisted, _ moment: Date) {
        leftOut[session.lease.id, default: SessionsLeftOut(of: session.lease, at: moment)].add(
            session.client, at: moment)
    }

    /// Whether the server was started anew since it had the session. Without a look in this life of ours, the session says since
    /// when it was up at least.
    private func isOver(_ session: Session, _ server: SeenServer) -> Bool {
        server.isRestarted(since: servers[server.host]?.startedAt ?? session.startedAt)
    }

    private mutating func end(
        _ session: Session, on server: SeenServer, _ leases: [LeaseID: Lease], _ moment: Date
    ) -> Session {
        var session = session
        session.ending = .init(at: moment, how: how(session, server, leases[session.lease]))
        now[session.id] = nil
        killed.remove(session.id)
        missed.remove(session.id)
        told.remove(ToldSession(lease: session.lease, host: session.key.host, number: session.key.number))
        return session
    }

    private func how(_ session: Session, _ server: SeenServer, _ lease: Lease?) -> Session.How {
        if killed.contains(session.id) { return .killed }
        let sign = ToldSession(lease: session.lease, host: session.key.host, number: session.key.number)
        if told.contains(sign) { return lease?.endReason == .expired ? .expired : .revoked }
        if isOver(session, server) { return .serverRestart }
        if !missed.contains(session.id), let was = servers[server.host]?.cuts, let cuts = server.cuts,
            was.lowerBound == cuts.upperBound
        {
            return .client
        }
        return .unknown
    }
}
