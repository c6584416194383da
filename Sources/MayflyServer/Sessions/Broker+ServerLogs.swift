package import MayflyCore

/// What the servers' own logs say of leases.
extension Broker {
    /// Statements of one page.
    private static let page = 5000
    /// Of what is no statement, which is always shown: more than `LoggedTotals` keeps of a lease.
    private static let mostEvents = 10_000

    struct Logged {
        var entries: [LoggedStory.Entry] = []
        var limits: [String] = []
        var next: Int64?
    }

    /// - Parameters:
    ///   - backend: of one session only.
    ///   - after: the `next` of the page before; then statements only, as all else was on the first.
    func logged(
        _ lease: Lease, in backend: LogBackend?, after: Int64? = nil, by identity: Identity
    ) async throws(Refusal) -> Logged {
        var query = LoggedQuery(
            lease: lease.id, backend: backend, ofStatements: true, after: after ?? 0, limit: Self.page)
        let page = try await stored { [query] () async throws(StoreError) in try await store.logged(query) }
        var events = LoggedPage(lines: [])
        if after == nil {
            (query.ofStatements, query.limit) = (false, Self.mostEvents)
            events = try await stored { [query] () async throws(StoreError) in try await store.logged(query) }
        }
        let watch = databases[lease.database]?.serverLog
        let mode = configuration.profiles[lease.profile]?.statements ?? .off
        guard watch != nil || !page.lines.isEmpty || !events.lines.isEmpty else { return Logged() }
        let totals = try await stored { () async throws(StoreError) in
            try await store.loggedTotals(of: lease.id)
        }
        var limits =
            mode.keepsLog || !page.lines.isEmpty
            ? LoggedStory.limits(totals, mode) : LoggedStory.leftOut(totals)
        if let limit = await watch?.limit { limits.append(limit) }
        if events.next != nil {
            limits.append("the first \(Self.mostEvents) lines of sessions and logins only")
        }
        // Others' statements: on record before they are shown.
        let isOwn = identity.uid == lease.requester.uid && identity.key == lease.requester.key
        if !isOwn, !page.lines.isEmpty {
            let event = AuditEvent.shown(page.lines.count, of: lease, to: identity, at: timekeeper.now())
            try await stored { () async throws(StoreError) in try await store.record([event]) }
        }
        let entries = LoggedStory.entries(events.lines) + LoggedStory.entries(page.lines)
        return Logged(
            entries: entries.enumerated().sorted {
                ($0.element.line.at, $0.offset) < ($1.element.line.at, $1.offset)
            }.map(\.element), limits: limits, next: page.next)
    }

    /// One session, with what the server's log says of it.
    package func sessionStory(
        _ name: String, after: Int64?, by identity: Identity
    ) async throws(Refusal) -> SessionReport {
        var report = try await session(name, by: identity)
        guard report.session.key.host.isEmpty, report.session.key.since > 0 else { return report }
        let found = try await stored { () async throws(StoreError) in
            try await store.lease(report.session.lease)
        }
        guard let lease = found else { return report }
        let backend = LogBackend(start: report.session.key.since / 1000, pid: report.session.key.number)
        let logged = try await logged(lease, in: backend, after: after, by: identity)
        report.entries = logged.entries.map(LeaseStory.entry)
        (report.limits, report.next) = (logged.limits, logged.next)
        return report
    }

    /// The story of a lease, or what follows on the page before: statements of the server's log.
    package func story(
        of name: String, after: Int64?, by identity: Identity
    ) async throws(Refusal) -> LeaseStory {
        guard let after else { return try await story(of: name, by: identity) }
        let lease = try await lease(name, by: identity)
        let logged = try await logged(lease, in: nil, after: after, by: identity)
        let count = try await stored { () async throws(StoreError) in
            try await store.sessionCounts(of: [lease.id])[lease.id] ?? SessionCount()
        }
        return LeaseStory(
            lease: lease, entries: logged.entries.map(LeaseStory.entry), sessions: count.all,
            limits: logged.limits, next: logged.next)
    }
}
