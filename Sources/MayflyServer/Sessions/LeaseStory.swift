package import Foundation
package import MayflyCore

/// All that is on record of a lease, in order of time.
package struct LeaseStory: Sendable {
    package struct Entry: Sendable {
        package var at: Date
        package var action: String
        package var outcome: AuditEvent.Outcome
        /// A user, or `broker`.
        package var who: String
        package var text: String
        package var session: SessionID?

        /// The part of the record that it is of.
        package var kind: String { String(action.prefix { $0 != "." }) }
    }

    /// The record is not read further than this.
    static let most = 10_000
    static let mostOfSessions = 5000
    /// Of which there may be many, and which are read by themselves.
    static let ofSessions: Set<AuditEvent.Action> = [.sessionStarted, .sessionEnded]
    /// What is not read with the rest.
    static let numerous = ofSessions.union([.statementsRead])

    package var lease: Lease
    package var entries: [Entry]
    package var sessions: Int
    /// What it does not tell.
    package var limits: [String]
    /// For the page of the server's log that follows; nil where there is none.
    package var next: Int64?

    package init(
        lease: Lease, entries: [Entry] = [], sessions: Int = 0, limits: [String] = [], next: Int64? = nil
    ) {
        self.next = next
        self.lease = lease
        self.entries = entries
        self.sessions = sessions
        self.limits = limits
    }

    /// Of a request: what people asked for and said. The record of a lease has the rest.
    init(
        _ lease: Lease, _ request: AccessRequest?, _ records: [AuditRecord], _ ran: StatementSummary?,
        logged: [LoggedStory.Entry] = [],
        sessions: Int,
        limits: [String],
        next: Int64? = nil
    ) {
        var entries = request.map(Self.entries) ?? []
        entries += Self.untold(records.map(\.event), request, logged).map { event in
            Entry(
                at: event.at, action: event.action.rawValue, outcome: event.outcome,
                who: Self.name(event.actor),
                text: StorySentence.text(event),
                session: event.details["session"].flatMap(SessionID.init(rawValue:)))
        }
        entries += ran.map(Self.entries) ?? []
        entries += logged.map(Self.entry)
        // Stable: what is of one moment stays in the order of the record.
        let order = entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        self.init(lease: lease, entries: order.map(\.element), sessions: sessions, limits: limits, next: next)
    }

    /// What neither the request nor the log tells.
    private static func untold(
        _ events: [AuditEvent], _ request: AccessRequest?, _ logged: [LoggedStory.Entry]
    ) -> [AuditEvent] {
        // Of failed logins that were not kept there is the record only.
        let logins = Set(logged.filter { $0.line.what == .loginFailed }.map(\.line.backend.rawValue))
        return events.filter { event in
            switch event.action {
            case .statementsRead, .statementsLogged: false
            case .loginFailed: event.details["backend"].map { !logins.contains($0) } ?? true
            default: event.subject.request != request?.id || !told.contains(event.action)
            }
        }
    }

    /// What `entries` tell already of the request; those that asked for more time are told by their records.
    private static let told: Set<AuditEvent.Action> = [
        .requestCreated, .requestApproval,
    ]

    static func entry(_ logged: LoggedStory.Entry) -> Entry {
        Entry(
            at: logged.line.at, action: "server_log." + logged.line.what.rawValue,
            outcome: logged.isFailure ? .failed : .done, who: "server", text: logged.text)
    }

    private static func entries(of summary: StatementSummary) -> [Entry] {
        summary.entries.map { entry in
            let counts = entry.counts
            let place = entry.database.map { " in \($0.quoted())" } ?? ""
            return Entry(
                at: entry.firstSeenAt, action: AuditEvent.Action.statementsRead.rawValue, outcome: .done,
                who: "broker",
                text: "ran\(place), \(counts.calls) times, \(counts.rows) rows, "
                    + String(format: "%.1f", counts.milliseconds) + " ms: \(entry.text)"
            )
        }
    }

    private static func entries(of request: AccessRequest) -> [Entry] {
        var asked = "asked for \(request.profile)"
        if let ttl = request.ttl { asked += " for \(ttl)" }
        if let narrowing = request.narrowing { asked += ", \(narrowing.text) only" }
        if let reason = request.reason { asked += ": \(reason.rawValue)" }
        if let ticket = request.ticket { asked += " (\(ticket.rawValue))" }
        if let rule = request.rule { asked += "; decided by the rule \(rule.quoted())" }
        var entries = [
            Entry(
                at: request.createdAt, action: AuditEvent.Action.requestCreated.rawValue, outcome: .done,
                who: request.requester.shown, text: asked)
        ]
        for vote in request.course?.votes ?? [] {
            let verb = vote.verdict == .approve ? "approved it" : "denied it"
            entries.append(
                Entry(
                    at: vote.at, action: AuditEvent.Action.requestApproval.rawValue,
                    outcome: vote.verdict == .approve ? .done : .denied, who: vote.identity.shown,
                    text: verb + (vote.reason.map { ": \($0.rawValue)" } ?? "")))
        }
        return entries
    }

    private static func name(_ actor: AuditEvent.Actor) -> String {
        switch actor {
        case .person(let identity): identity.shown
        case .broker: "broker"
        }
    }
}
