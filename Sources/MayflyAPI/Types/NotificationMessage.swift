public import Foundation

/// What a target of notifications is sent: the body of a `generic` webhook, or what a command reads.
public struct NotificationMessage: WireObject {
    /// The version of this form; 1. Members may be added within it.
    public var version: Int
    /// The same for each attempt, and for no other notification: what to know a repetition by.
    public var id: String
    /// What happened.
    public var event: NotificationKind
    /// When it did.
    public var at: Date
    /// The installation's name.
    public var installation: String
    /// Who did it.
    public var actor: AuditActor
    /// All of it in a sentence.
    public var summary: String
    /// Whom it concerns, such as `user:alice`, `group:dba`.
    public var recipients: [String]
    /// Why, in the actor's words.
    public var reason: String?
    /// The request, as it stands when this is sent.
    public var request: NotifiedRequest?
    /// The lease, as it stands when this is sent.
    public var lease: NotifiedLease?
    /// Whatever else the audit record says.
    public var details: [String: String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case version
        case id
        case event
        case at
        case installation
        case actor
        case summary
        case recipients
        case reason
        case request
        case lease
        case details
    }

    public init(
        version: Int, id: String, event: NotificationKind, at: Date, installation: String, actor: AuditActor,
        summary: String, recipients: [String], reason: String? = nil, request: NotifiedRequest? = nil,
        lease: NotifiedLease? = nil, details: [String: String]
    ) {
        self.version = version
        self.id = id
        self.event = event
        self.at = at
        self.installation = installation
        self.actor = actor
        self.summary = summary
        self.recipients = recipients
        self.reason = reason
        self.request = request
        self.lease = lease
        self.details = details
    }
}
