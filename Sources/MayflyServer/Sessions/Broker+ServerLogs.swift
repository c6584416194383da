package import MayflyCore

/// What the servers' own logs say of leases.
extension Broker {
    /// More are not shown at once.
    private static let mostShown = 5000

    /// - Parameter backend: of one session only.
    func logged(
        _ lease: Lease, in backend: LogBackend?, by identity: Identity
    ) async throws(Refusal) -> (entries: [LoggedStory.Entry], limits: [String]) {
        let lines = try await stored { () async throws(StoreError) in
            try await store.loggedLines(of: lease.id, in: backend, limit: Self.mostShown)
        }
        let watch = databases[lease.database]?.serverLog
        let mode = configuration.profiles[lease.profile]?.statements ?? .off
        guard watch != nil || !lines.isEmpty else { return ([], []) }
        let totals = try await stored { () async throws(StoreError) in
            try await store.loggedTotals(of: lease.id)
        }
        var limits =
            mode.keepsLog || lines.contains(where: \.what.isOfStatement)
            ? LoggedStory.limits(totals, mode) : []
        if let limit = await watch?.limit { limits.append(limit) }
        if lines.count == Self.mostShown {
            limits.append("the first \(Self.mostShown) lines of the log only")
        }
        // Others' statements: on record before they are shown.
        let isOwn = identity.uid == lease.requester.uid && identity.key == lease.requester.key
        let told = lines.count { $0.what.isOfStatement }
        if !isOwn, told > 0 {
            let event = AuditEvent.shown(told, of: lease, to: identity, at: timekeeper.now())
            try await stored { () async throws(StoreError) in try await store.record([event]) }
        }
        return (LoggedStory.entries(lines), limits)
    }

    /// One session, with what the server's log says of it.
    package func sessionStory(_ name: String, by identity: Identity) async throws(Refusal) -> SessionReport {
        var report = try await session(name, by: identity)
        guard report.session.key.host.isEmpty, report.session.key.since > 0 else { return report }
        let found = try await stored { () async throws(StoreError) in
            try await store.lease(report.session.lease)
        }
        guard let lease = found else { return report }
        let backend = LogBackend(start: report.session.key.since / 1000, pid: report.session.key.number)
        let logged = try await logged(lease, in: backend, by: identity)
        report.entries = logged.entries.map(LeaseStory.entry)
        report.limits = logged.limits
        return report
    }
}
