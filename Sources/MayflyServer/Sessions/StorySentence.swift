import MayflyCore

/// What a record says, in a sentence for people. What has none of its own is told by its action and details.
enum StorySentence {
    static func text(_ event: AuditEvent) -> String {
        let details = event.details
        func of(_ name: String, _ words: String) -> String { details[name].map { words + $0 } ?? "" }
        switch event.action {
        case .requestCreated, .requestDenied, .requestApproval, .requestApproved, .requestEscalated,
            .requestExpired, .requestRedeemed, .requestWithdrawn:
            return request(event)
        case .reviewDue: return "a review is due" + of("due_at", " by ")
        case .reviewOverdue: return "the review is overdue"
        case .reviewDone:
            return "reviewed it" + of("verdict", ": ") + (event.reason.map { ": \($0)" } ?? "")
        case .leaseTethered: return "it is held by a command, and ends with it"
        case .leaseUntethered: return "it is no longer held by a command"
        case .leaseShortened: return "its end was brought forward" + of("to", " to ") + by(event)
        case .leaseCreating: return "the login role \(event.subject.role?.rawValue ?? "") is being made"
        case .leaseActive: return "the login role can log in"
        case .leaseFailed: return "no login role was made" + of("failure", ": ")
        case .leaseReissued: return "a fresh password took the place of the first"
        case .leaseRenewed: return "renewed" + of("to", " until ")
        case .leaseExtended: return "extended" + of("to", " until ")
        case .leaseExpiring: return "its requester was told that it ends soon"
        case .leaseRevoking:
            let reason =
                details["end_reason"].map { Lease.EndReason(rawValue: $0)?.words ?? $0 }
                ?? (event.actor == .broker ? "expired" : "revoked")
            return "it ends (\(reason)): login is turned off, sessions are cut"
                + (event.reason.map { ": \($0)" } ?? "")
        case .leaseLocked: return "login is off, but the role cannot be dropped" + of("obstacle", ": ")
        case .leaseAttemptFailed: return "it could not be ended yet" + of("failure", ": ")
        case .leaseRevoked:
            return "the login role is gone" + of("sessions_ended", "; sessions cut: ")
        case .sessionStarted: return started(details)
        case .sessionEnded: return ended(details)
        case .sessionKilled:
            let what = details["phase"] == "asked" ? "is about to end session" : "ended session"
            return "\(what) \(short(details["session"]))" + (event.reason.map { ": \($0)" } ?? "")
                + of("failure", ", which failed: ")
        case .sessionsLeftOut:
            return "\(details["count"] ?? "?") more sessions, too many to be told one by one"
                + of("client_addresses", ", from ")
        default: return rest(event)
        }
    }

    /// Of the request that the lease answers, or of one for more time.
    private static func request(_ event: AuditEvent) -> String {
        let details = event.details
        let why = event.reason.map { ": \($0)" } ?? ""
        let step = details["step"].map { " (\($0))" } ?? ""
        switch event.action {
        case .requestCreated:
            let until = details["extends_to"].map { " for more time, until \($0)" } ?? ""
            return "asked\(until)\(why)\(by(event))"
        case .requestApproval: return "approved it\(step)\(why)"
        case .requestDenied: return "it was denied\(step)\(why)" + (details["why"].map { ": \($0)" } ?? "")
        case .requestApproved: return "all who are needed have approved it"
        case .requestEscalated: return "nobody answered\(step); now asked: \(details["to"] ?? "?")"
        case .requestRedeemed: return "fetched what was approved"
        case .requestWithdrawn: return "it was taken back"
        case .requestExpired:
            return details["approved"] == "true"
                ? "what was approved was not fetched in time" : "nobody answered in time"
        default: return rest(event)
        }
    }

    private static func by(_ event: AuditEvent) -> String {
        event.rule.map { "; by the rule \($0.quoted())" } ?? ""
    }

    private static func started(_ details: [String: String]) -> String {
        var text = "session \(short(details["session"])) began, number \(details["number"] ?? "?")"
        if let address = details["client_address"] {
            text += ", from \(address)" + (details["client_port"].map { ":\($0)" } ?? "")
        }
        if let application = details["application"] { text += ", with \(application.quoted())" }
        if let database = details["in_database"] { text += ", in \(database.quoted())" }
        switch details["encrypted"] {
        case "yes":
            let parts = [details["tls_version"], details["cipher"]].compactMap { $0 }
            text += ", encrypted" + (parts.isEmpty ? "" : " (\(parts.joined(separator: " ")))")
        case "no": text += ", not encrypted"
        default: break
        }
        if let news = details["unlike_earlier"] { text += "; UNLIKE EARLIER ONES: \(news)" }
        return text
    }

    private static func ended(_ details: [String: String]) -> String {
        let how =
            switch details["how"].flatMap(Session.How.init(rawValue:)) {
            case .client: "by its client"
            case .expired: "by us, as the lease had expired"
            case .revoked: "by us, with the lease"
            case .killed: "by an administrator"
            case .serverRestart: "with a restart of the server"
            case .unknown, nil: "and nothing says how"
            }
        return "session \(short(details["session"])) ended, \(how)"
            + (details["last_seen_at"].map { "; last seen \($0)" } ?? "")
    }

    private static func short(_ id: String?) -> String { String((id ?? "?").prefix(8)) }

    private static func rest(_ event: AuditEvent) -> String {
        let details = event.details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([event.action.rawValue] + details + (event.reason.map { [$0] } ?? [])).joined(separator: " ")
    }
}
