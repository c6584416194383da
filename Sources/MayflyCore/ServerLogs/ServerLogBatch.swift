package import Foundation

/// What one look at a server's log brings into the state, in one commit with how far it was read.
package struct ServerLogBatch: Hashable, Sendable {
    package var database: DatabaseName
    package var lines: [LoggedLine] = []
    /// Lines that were not even offered.
    package var leftOut: [LeaseID: LoggedTotals.Amount] = [:]
    /// Sessions that have ended. Those that a look at the server has seen stay as they are.
    package var sessions: [Session] = []
    package var gaps: [ServerLogGap] = []
    package var cursors: [LogCursor] = []

    package init(database: DatabaseName) { self.database = database }

    /// Whether anything but the cursors is in it.
    package var isEmpty: Bool { lines.isEmpty && leftOut.isEmpty && sessions.isEmpty && gaps.isEmpty }
}

extension AuditEvent {
    /// Failed logins of one lease that are told one by one; of more in one look, the number.
    private static let mostLogins = 20
    private static let mostGaps = 20

    /// What is on record of a lease's lines that are news.
    /// - Parameter sha256: of all of them, as they are in the state.
    package static func logged(
        _ lines: [LoggedLine], leftOut: LoggedTotals.Amount, of lease: Lease, sha256: String, at now: Date
    ) -> [AuditEvent] {
        var events: [AuditEvent] = []
        let statements = lines.filter { $0.what.isOfStatement }
        if !statements.isEmpty || leftOut.lines > 0 {
            var event = AuditEvent(
                at: now, actor: .broker, action: .statementsLogged, subject: .init(of: lease),
                details: ["source": "server_log", "lines": String(statements.count), "sha256": sha256])
            let unclear = statements.count { $0.isUnclear == true }
            if unclear > 0 { event.details["unclear"] = String(unclear) }
            let failed = statements.count { $0.what == .failure }
            if failed > 0 { event.details["failed"] = String(failed) }
            let rivals = lines.count { $0.isRival == true }
            if rivals > 0 { event.details["rivals"] = String(rivals) }
            if leftOut.lines > 0 { event.details["left_out"] = String(leftOut.lines) }
            events.append(event)
        }
        let logins = lines.filter { $0.what == .loginFailed }
        for line in logins.prefix(mostLogins) {
            var event = AuditEvent(
                at: line.at, actor: .broker, action: .loginFailed, outcome: .denied,
                subject: .init(of: lease),
                details: [
                    "source": "server_log", "requester": lease.requester.user,
                    "backend": line.backend.rawValue,
                ])
            event.details["sql_state"] = line.sqlState
            event.details["client_address"] = line.address
            event.details["client_port"] = line.port.map(String.init)
            event.details["in_database"] = line.database
            events.append(event)
        }
        let more = max(0, logins.count - mostLogins) + leftOut.logins
        if more > 0 {
            events.append(
                AuditEvent(
                    at: now, actor: .broker, action: .loginFailed, outcome: .denied,
                    subject: .init(of: lease),
                    details: [
                        "source": "server_log", "requester": lease.requester.user,
                        "more": String(more),
                    ]))
        }
        return events
    }

    package static func gaps(_ gaps: [ServerLogGap], of database: DatabaseName, at now: Date) -> [AuditEvent]
    {
        var events = gaps.prefix(mostGaps).map { gap in
            var event = AuditEvent(
                at: now, actor: .broker, action: .serverLogGap, outcome: gap.kind == .back ? .done : .failed,
                subject: .init(database: database),
                details: ["kind": gap.kind.rawValue, "file": gap.file.quoted(limit: 200)])
            event.details["offset"] = gap.offset.map(String.init)
            event.details["detail"] = gap.detail
            return event
        }
        if gaps.count > mostGaps { events[mostGaps - 1].details["more"] = String(gaps.count - mostGaps) }
        return events
    }

    /// Somebody was shown what others' sessions ran.
    package static func shown(_ lines: Int, of lease: Lease, to identity: Identity, at now: Date)
        -> AuditEvent
    {
        AuditEvent(
            at: now, actor: .person(identity), action: .statementsShown, subject: .init(of: lease),
            details: ["lines": String(lines), "requester": lease.requester.user])
    }
}
