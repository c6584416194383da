import Foundation
import MayflyAPI

/// Sessions for people.
enum SessionText {
    static func table(_ sessions: [Session], time: LocalTime) -> Table {
        Table([
            .init("SESSION", sessions.map { String($0.id.prefix(8)) }),
            .init("REQUESTER", sessions.map(\.requester)),
            .init("STATE", sessions.map { state($0, time) }),
            .init("STARTED", rank: 1, sessions.map { start($0, time) }),
            .init("FROM", rank: 2, sessions.map(from)),
            .init("APPLICATION", rank: 3, sessions.map { $0.application ?? "" }),
            .init("DATABASE", rank: 4, sessions.map(\.database)),
            .init("PROFILE", rank: 6, sessions.map(\.profile)),
            .init("LEASE", rank: 5, sessions.map { String($0.leaseId.prefix(8)) }),
            .init("NUMBER", rank: 8, sessions.map { String($0.number) }),
            .init("UNLIKE EARLIER", rank: 7, sessions.map { $0.unlikeEarlier.joined(separator: ", ") }),
        ])
    }

    /// The session, and what the server's log says of it.
    static func lines(_ session: Session, time: LocalTime) -> [String] {
        var lines = fields(session, time: time).lines
        if let entries = session.timeline, !entries.isEmpty {
            let table = Table([
                .init("WHEN", entries.map { time.text($0.at) }), .init("WHAT", entries.map(\.text)),
            ])
            lines += [""] + table.lines(width: nil)
        }
        if let limits = session.limits, !limits.isEmpty {
            lines += [""] + limits.map { Escaping.printable("note: \($0)") }
        }
        return lines
    }

    static func fields(_ session: Session, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("session", session.id)
        fields.add("state", state(session, time))
        fields.add("lease", session.leaseId)
        fields.add("requester", session.requester)
        fields.add("profile", session.profile)
        fields.add("role", session.role)
        fields.add("database", session.database + (session.standby.map { " (standby \($0))" } ?? ""))
        fields.add("number", "\(session.number)")
        fields.add("in", session.inDatabase)
        fields.add("from", from(session))
        fields.add("application", session.application)
        fields.add("encryption", encryption(session))
        fields.add("unlike earlier", session.unlikeEarlier.joined(separator: ", "))
        if session.source == "server_log" {
            fields.add("known from", "the server's log: no look has seen it")
        }
        fields.add("started", start(session, time))
        fields.add("last seen", time.text(session.lastSeenAt))
        fields.add("transaction", session.transactionSince.map { "open since \(time.text($0))" })
        fields.add(
            "ended", session.endedAt.map { "between \(time.text(session.lastSeenAt)) and \(time.text($0))" })
        return fields
    }

    /// `active for 3s`, or how it ended.
    static func state(_ session: Session, _ time: LocalTime) -> String {
        if let how = session.how { return "ended: \(how.rawValue)" }
        guard let state = session.state else { return "open" }
        guard let since = session.stateSince else { return state }
        let seconds = max(0, Int(time.now.timeIntervalSince(since)))
        return seconds == 0 ? state : "\(state) for \(HumanTime.duration(seconds: seconds))"
    }

    private static func start(_ session: Session, _ time: LocalTime) -> String {
        (session.startKnown ? "" : "by ") + time.text(session.startedAt)
    }

    private static func from(_ session: Session) -> String {
        guard let address = session.clientAddress else { return "" }
        return session.clientPort.map { "\(address):\($0)" } ?? address
    }

    private static func encryption(_ session: Session) -> String? {
        guard let encrypted = session.encrypted else { return "the server does not say" }
        guard encrypted else { return "none" }
        let parts = [session.tlsVersion, session.cipher].compactMap { $0 }
        return parts.isEmpty ? "TLS" : parts.joined(separator: ", ")
    }
}
