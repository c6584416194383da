import MayflyAPI
import MayflyCore

extension MayflyAPI.Session {
    init(_ report: SessionReport) {
        let (session, client, seen) = (report.session, report.session.client, report.seen)
        self.init(
            id: session.id.rawValue, leaseId: session.lease.rawValue, database: session.database.rawValue,
            profile: session.profile.rawValue, role: session.role.rawValue, requester: session.requester.user,
            standby: session.key.host.isEmpty ? nil : session.key.host, number: session.key.number,
            startedAt: session.startedAt, startKnown: session.startIsKnown, lastSeenAt: session.lastSeenAt,
            endedAt: session.ending?.at, how: session.ending.map { SessionEnd($0.how) },
            inDatabase: client.database, clientAddress: client.address, clientPort: client.port,
            application: client.application, encrypted: client.isEncrypted, tlsVersion: client.tlsVersion,
            cipher: client.cipher, unlikeEarlier: session.novelties.map(\.rawValue).sorted(),
            state: seen?.state,
            stateSince: seen?.stateSince, transactionSince: seen?.transactionSince,
            source: session.source.rawValue, timeline: report.entries.map { $0.map(TimelineEntry.init) },
            limits: report.entries == nil ? nil : report.limits, next: report.next)
    }
}

extension SessionEnd {
    init(_ how: MayflyCore.Session.How) {
        switch how {
        case .client: self = .client
        case .expired: self = .expired
        case .revoked: self = .revoked
        case .killed: self = .killed
        case .serverRestart: self = .serverRestart
        case .unknown: self = .unknown
        }
    }
}

extension SessionCoverage {
    /// - Parameter withErrors: for auditors and administrators; an error may name hosts and accounts.
    init(_ following: SessionFollowing, withErrors: Bool) {
        self.init(
            database: following.database.rawValue, looksEverySeconds: following.interval,
            problem: Self.problem(following, withErrors: withErrors),
            standbysUnanswered: following.unanswered.isEmpty
                ? nil
                : following.unanswered.sorted { $0.key < $1.key }.map { host, failure in
                    withErrors ? "\(host): \(failure.description)" : failure.publicMessage
                },
            statementsProblem: following.statementFailure.map {
                withErrors ? $0.description : $0.publicMessage
            }, endingsUnread: following.unreadTold > 0 ? following.unreadTold : nil)
    }

    private static func problem(_ following: SessionFollowing, withErrors: Bool) -> String? {
        if let failure = following.failure { return withErrors ? failure.description : failure.publicMessage }
        guard let error = following.unrecorded, let since = following.unrecordedSince else { return nil }
        return "what is found is not on record since \(AuditEncoding.timestamp(since))"
            + (withErrors ? ": \(error)" : "")
    }
}

extension TimelineEntry {
    init(_ entry: LeaseStory.Entry) {
        self.init(
            at: entry.at, kind: entry.kind, action: entry.action, outcome: entry.outcome.rawValue,
            who: entry.who, text: entry.text, sessionId: entry.session?.rawValue)
    }
}

extension LeaseTimeline {
    init(_ story: LeaseStory) {
        self.init(
            lease: MayflyAPI.Lease(story.lease),
            entries: story.entries.map(TimelineEntry.init), sessions: story.sessions, limits: story.limits,
            next: story.next)
    }
}
