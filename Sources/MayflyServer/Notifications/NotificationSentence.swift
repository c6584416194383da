import MayflyAPI
import MayflyCore

/// A notification in a sentence. What people wrote stands in quotes, with nothing in it that moves a terminal's cursor.
struct NotificationSentence {
    let message: NotificationMessage
    let event: NotificationEvent
    let action: AuditEvent.Action
    let subject: AuditEvent.Subject

    var text: String {
        switch event {
        case .requested: "\(requester) asks for \(what)\(time)\(why)."
        case .approvalNeeded:
            "\(requester) asks for \(what)\(time)\(why): step \(step) waits for \(recipients)."
        case .escalated:
            "Nobody decided yet on \(what) for \(requester): step \(step) now asks \(recipients)."
        case .approved: "\(requester)'s request for \(what) is approved."
        case .denied:
            // Nobody decides on a request of their own: then it was policy that did.
            "\(requester)'s request for \(what) is denied by \(actor == requester ? "policy" : actor)\(theirWords)."
        case .withdrawn: "\(requester) withdrew the request for \(what)."
        case .requestExpired: "\(requester)'s request for \(what) expired: \(lapse)."
        case .issued: "\(requester) has access to \(what)\(until)."
        case .expiring: "\(requester)'s access to \(what) ends soon\(until)."
        case .expired: "\(requester)'s access to \(what) came to its end."
        case .revokeFailing: "\(requester)'s access to \(what) could not be ended yet: \(obstacle)."
        case .breakGlass: "\(requester) breaks the glass for \(what)\(time)\(why)."
        case .reviewDue:
            "\(requester)'s break-glass access to \(what) \(action == .reviewOverdue ? "was" : "is") to be reviewed by"
                + " \(recipients)\(action == .reviewOverdue ? "; that is overdue" : "")."
        case .lockdown:
            action == .lockdownOn
                ? "\(actor) put a lockdown on \(scope) in force\(theirWords)."
                : "The lockdown on \(scope) is over\(action == .lockdownOff ? ", ended by \(actor)" : "")."
        case .roleAltered:
            "The login role \(role) of \(requester)'s lease on \(database) was altered behind our back: \(found)."
        case .safeMode:
            action == .safeModeOn
                ? "\(database) is in safe mode: \(message.details["roles"] ?? "some") living roles are there that the"
                    + " state does not know. They are kept until an administrator decides (mayfly reap)."
                : "\(database) is not in safe mode any more."
        case .drift:
            action == .scopeDrifted
                ? "The group role \(group) of \(what) is not as its grants say: \(differences) differences."
                : "The group role \(group) of \(what) is as its grants say again."
        case .test: message.summary
        }
    }

    private var requester: String {
        // A request that was turned away at once has no lease, and the one who made it.
        (message.request?.requester ?? message.lease?.requester ?? actor).printable
    }
    private var actor: String {
        let token = message.actor.token.map { " sub:\($0.issuer):\($0.subject)" } ?? ""
        return (message.actor.user + token).printable
    }
    private var what: String { subject.profile?.rawValue ?? message.request?.profile ?? "everything" }
    private var time: String {
        message.request?.ttlSeconds.map { " for " + HumanDuration.text(seconds: $0) } ?? ""
    }
    private var why: String { message.request?.reason.map { ": \($0.quoted())" } ?? "" }
    private var theirWords: String { message.reason.map { ": \($0.quoted())" } ?? "" }
    private var step: String { message.request?.step?.quoted() ?? "" }
    private var recipients: String { message.recipients.joined(separator: ", ") }
    private var until: String {
        message.lease.map { ", until " + MayflyJSON.string(from: $0.expiresAt) } ?? ""
    }
    private var lapse: String {
        message.details["approved"] == "true" ? "it was not redeemed in time" : "nobody decided in time"
    }
    private var obstacle: String {
        (message.details["obstacle"] ?? message.details["failure"] ?? "the server refuses").printable
    }
    private var role: String { subject.role?.rawValue ?? "" }
    private var database: String { subject.database?.rawValue ?? "" }
    private var found: String { (message.details["found"] ?? "").printable }
    private var group: String { (message.details["group"] ?? "").quoted() }
    private var differences: String { message.details["differences"] ?? "some" }
    private var scope: String { (message.details["scope"] ?? "everything").printable }
}
