import Foundation
import Logging
package import MayflyCore

/// Sessions: looking at them, and ending one.
extension Broker {
    /// The caller's own; everyone's for auditors and administrators.
    package func sessions(_ query: SessionQuery, by identity: Identity) async throws(Refusal)
        -> SessionReports
    {
        var query = query
        if !isAuditor(identity) { (query.uid, query.key) = (identity.uid, identity.key) }
        let found = try await stored { [query] () async throws(StoreError) in try await store.sessions(query)
        }
        var reports = SessionReports()
        var activity: [DatabaseName: [SessionID: SeenSession]] = [:]
        let theirs = Set(found.map(\.database))
        for (name, database) in databases.sorted(by: { $0.key < $1.key }) {
            // What is nobody's business who has nothing there.
            guard isAuditor(identity) || theirs.contains(name), query.database.map({ $0 == name }) ?? true
            else {
                continue
            }
            reports.following.append(
                .init(name, await database.sessions.figures, interval: await database.sessions.pause))
            if theirs.contains(name) { activity[name] = await database.sessions.activity }
        }
        reports.sessions = found.map {
            .init(session: $0, seen: $0.isOpen ? activity[$0.database]?[$0.id] : nil)
        }
        return reports
    }

    /// By id, or by the beginning of one. Another's session and one that does not exist get the same answer.
    package func session(_ name: String, by identity: Identity) async throws(Refusal) -> SessionReport {
        let missing = Refusal(
            .notFound, "no session \(name.quoted())", field: "id", hint: "`mayfly sessions` lists them")
        var query = SessionQuery(limit: 2)
        if let id = SessionID(rawValue: name) {
            query.id = id
        } else if name.utf8.count >= 4, name.utf8.count < 36, name.utf8.allSatisfy(\.isHexOrDash) {
            query.idPrefix = name
        } else {
            throw missing
        }
        let found = try await sessions(query, by: identity).sessions
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let session = found.first else { throw missing }
        return session
    }

    /// Ends one session through the guard; its lease lives on. On record before the server is asked, and once more if that fails.
    /// - Returns: it as it is then; one that is open still is being ended.
    package func killSession(
        _ name: String, reason: Reason?, by identity: Identity
    ) async throws(Refusal) -> SessionReport {
        guard isAdministrator(identity) else { throw Refusal(.denied, "administrators end single sessions") }
        let session = try await session(name, by: identity).session
        guard session.isOpen else { return SessionReport(session: session) }
        guard let database = databases[session.database] else {
            throw Refusal(.notFound, "\(session.database) is no longer configured")
        }
        var event = AuditEvent(
            at: timekeeper.now(), actor: .person(identity), action: .sessionKilled,
            subject: .init(
                lease: session.lease, database: session.database, profile: session.profile, role: session.role
            ),
            reason: reason?.rawValue,
            details: [
                "session": session.id.rawValue, "number": String(session.key.number),
                "requester": session.requester.user, "phase": "asked",
            ])
        try await stored { [event] () async throws(StoreError) in try await store.record([event]) }
        await database.sessions.noteKilling(session.id)
        let isEnded: Bool
        do throws(EngineFailure) {
            isEnded = try await database.engine.endSession(
                session.key, of: session.lease, seenAt: session.firstSeenAt)
        } catch {
            await database.sessions.forgetKilling(session.id)
            event.outcome = .failed
            event.details["phase"] = "done"
            event.details["failure"] = error.publicDescription
            try await stored { [event] () async throws(StoreError) in try await store.record([event]) }
            throw Refusal(error, database: session.database)
        }
        event.at = timekeeper.now()
        event.details["phase"] = "done"
        if isEnded {
            await database.sessions.noteKilled(session.id)
        } else {
            // By itself, or by another's hand, before ours: how, the next look may tell.
            await database.sessions.forgetKilling(session.id)
            event.outcome = .failed
            event.details["failure"] = "the session was gone already"
        }
        try await stored { [event] () async throws(StoreError) in try await store.record([event]) }
        await database.sessions.look()
        return try await self.session(session.id.rawValue, by: identity)
    }

    /// All that is on record of a lease, which the caller may see.
    package func story(of name: String, by identity: Identity) async throws(Refusal) -> LeaseStory {
        let lease = try await lease(name, by: identity)
        let request = try await stored { () async throws(StoreError) in
            try await store.request(lease.requestID)
        }
        let records = try await stored { () async throws(StoreError) in
            // Whoever has many sessions hides nothing else of the story by them.
            try await store.audit(
                AuditQuery(limit: LeaseStory.most, lease: lease.id, leavingOut: LeaseStory.numerous))
        }
        let ofSessions = try await stored { () async throws(StoreError) in
            try await store.audit(
                AuditQuery(
                    newest: true, limit: LeaseStory.mostOfSessions, lease: lease.id,
                    leavingOut: Set(AuditEvent.Action.allCases).subtracting(LeaseStory.ofSessions)))
        }
        let count = try await stored { () async throws(StoreError) in
            try await store.sessionCounts(of: [lease.id])[lease.id] ?? SessionCount()
        }
        let ran = try await stored { () async throws(StoreError) in try await store.statements(of: lease.id) }
        var limits = try await sessionLimits(lease, count, ran)
        limits += await statementLimits(lease, ran)
        let logged = try await logged(lease, in: nil, by: identity)
        limits += logged.limits
        if records.count == LeaseStory.most { limits.append("the first \(LeaseStory.most) records only") }
        if ofSessions.count == LeaseStory.mostOfSessions {
            limits.append("of sessions, the last \(LeaseStory.mostOfSessions) records only")
        }
        return LeaseStory(
            lease, request, records + ofSessions, ran, logged: logged.entries, sessions: count.all,
            limits: limits, next: logged.next)
    }

    /// What is not known of a lease's sessions.
    private func sessionLimits(
        _ lease: Lease, _ count: SessionCount, _ ran: StatementSummary?
    ) async throws(Refusal) -> [String] {
        var limits: [String] = []
        let stretches = try await stored { () async throws(StoreError) in
            try await store.watchedStretches(lease.database, after: lease.createdAt)
        }
        var isCovered = stretches.contains { $0.covers(lease, asOf: timekeeper.now()) }
        if let database = databases[lease.database] {
            let seconds = Int(await database.sessions.pause.rounded(.up))
            limits.append(
                "sessions are seen by looking at the server, while somebody has one every \(seconds) s: one that began and"
                    + " ended between two looks is not told")
            let figures = await database.sessions.figures
            if figures.failure != nil { limits.append("the server's sessions cannot be looked at now") }
            if figures.unrecorded != nil {
                limits.append("what is found of the server's sessions cannot be put on record now")
            }
            if !figures.unanswered.isEmpty { limits.append("not all standbys answer now") }
            isCovered = await database.sessions.covers(lease, stretches)
        }
        if count.leftOut > 0 {
            limits.append(
                "\(count.leftOut) more sessions were counted, and are not told one by one: there were too many"
            )
        }
        if count.listed >= SessionBudget.mostLogged {
            limits.append(
                "of sessions that only the server's log tells of, \(SessionBudget.mostLogged) are on record one by one; its lines tell"
                    + " the others")
        }
        if !isCovered {
            limits.append(
                "the server was not looked at for all of the lease's life: there may have been sessions")
        }
        let calls = ran?.entries.reduce(0) { $0 + $1.counts.calls } ?? 0
        if count.all == 0, calls > 0 {
            limits.append(
                "no session was seen, but statements were run: it was used in sessions between two looks")
        } else if count.all == 0, isCovered {
            limits.append("no session was seen: as far as is known the lease was never used")
        } else if count.all == 0 {
            limits.append("no session was seen; whether the lease was used is not known")
        }
        return limits
    }

    /// What is not known of what it ran.
    private func statementLimits(_ lease: Lease, _ ran: StatementSummary?) async -> [String] {
        guard let ran else {
            guard (configuration.profiles[lease.profile]?.statements ?? .off) != .off else {
                return ["what was run is not on record (statements: off)"]
            }
            let failure = await databases[lease.database]?.sessions.figures.statementFailure
            return [
                "what was run is not on record: it was not read yet"
                    + (failure.map { ", and the last time that failed (\($0.publicDescription))" } ?? "")
            ]
        }
        var limits = [ran.source.limits]
        if ran.resets > 0 {
            limits.append("the server's statistics were reset meanwhile: some may be missing")
        }
        if ran.leftOut > 0 {
            limits.append(
                "MORE THAN IS KEPT: at least \(ran.leftOut) more different statements were run; kept are those with most calls,"
                    + " rows and time, and the newest")
        }
        return limits
    }
}
