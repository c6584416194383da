package import Foundation

extension AuditEvent {
    /// What is on record of what a lease's sessions have run.
    package static func read(_ summary: StatementSummary, of lease: Lease, sha256: String, at now: Date)
        -> AuditEvent
    {
        var event = AuditEvent(
            at: now, actor: .broker, action: .statementsRead, subject: .init(of: lease),
            details: ["source": summary.source.rawValue, "sha256": sha256])
        guard summary.source.tells else { return event }
        event.details["statements"] = String(summary.entries.count)
        event.details["calls"] = String(summary.entries.reduce(0) { $0 + $1.counts.calls })
        if summary.leftOut > 0 { event.details["left_out"] = String(summary.leftOut) }
        if summary.resets > 0 { event.details["resets"] = String(summary.resets) }
        return event
    }

    /// What is on record of sessions that are not, one by one.
    package static func leftOut(_ sessions: SessionsLeftOut) -> AuditEvent {
        let addresses = sessions.addresses.sorted() + (sessions.hasMoreAddresses ? ["…"] : [])
        return AuditEvent(
            at: sessions.lastAt, actor: .broker, action: .sessionsLeftOut, subject: .init(of: sessions.lease),
            details: [
                "count": String(sessions.count), "first_at": AuditEncoding.timestamp(sessions.firstAt),
                "client_addresses": addresses.isEmpty ? nil : addresses.joined(separator: ","),
                "requester": sessions.lease.requester.user,
            ].compactMapValues { $0 })
    }

    /// From the last look that found all there is on, nothing is known of a database's sessions.
    package static func unwatched(_ stretch: WatchedStretch, why: String, at now: Date) -> AuditEvent {
        AuditEvent(
            at: now, actor: .broker, action: .sessionsUnwatched, outcome: .failed,
            subject: .init(database: stretch.database),
            details: ["since": AuditEncoding.timestamp(stretch.until), "failure": why])
    }

    package static func watched(_ stretch: WatchedStretch, again since: Date) -> AuditEvent {
        AuditEvent(
            at: stretch.from, actor: .broker, action: .sessionsWatched,
            subject: .init(database: stretch.database),
            details: ["unwatched_since": AuditEncoding.timestamp(since)])
    }

    /// What is on record of a session that began, or ended.
    package static func following(_ session: Session) -> AuditEvent {
        let client = session.client
        var details = [
            "session": session.id.rawValue, "number": String(session.key.number),
            "requester": session.requester.user,
        ]
        if session.source != .look { details["source"] = session.source.rawValue }
        if !session.key.host.isEmpty { details["standby"] = session.key.host }
        let action: Action
        if let ending = session.ending {
            action = .sessionEnded
            details["how"] = ending.how.rawValue
            details["started_at"] = AuditEncoding.timestamp(session.startedAt)
            details["last_seen_at"] = AuditEncoding.timestamp(session.lastSeenAt)
        } else {
            action = .sessionStarted
            details["started_at"] = session.startIsKnown ? AuditEncoding.timestamp(session.startedAt) : nil
            details["in_database"] = client.database
            details["client_address"] = client.address
            details["client_port"] = client.port.map(String.init)
            details["application"] = client.application
            details["encrypted"] = client.isEncrypted.map { $0 ? "yes" : "no" }
            details["tls_version"] = client.tlsVersion
            details["cipher"] = client.cipher
            if !session.novelties.isEmpty {
                details["unlike_earlier"] = session.novelties.map(\.rawValue).sorted().joined(separator: ",")
            }
        }
        return AuditEvent(
            at: session.ending?.at ?? session.firstSeenAt, actor: .broker, action: action,
            subject: .init(
                lease: session.lease, database: session.database, profile: session.profile, role: session.role
            ),
            details: details)
    }
}
