public import Foundation

/// A stop to new leases, on everything or a part.
public struct Lockdown: WireObject {
    /// The id.
    public var id: String
    /// What it stops, in words.
    public var scope: String
    /// The database that it is on.
    public var database: String?
    /// The profile that it is on.
    public var profile: String?
    /// Whom it is about, as the administrator said.
    public var user: String?
    /// Whom that is.
    public var person: String?
    /// Why.
    public var reason: String
    /// When it began.
    public var since: Date
    /// When it ends by itself; absent for one that somebody ends.
    public var until: Date?
    /// Whether it revoked what was out.
    public var revoke: Bool
    /// Whether it stops anything now.
    public var inForce: Bool
    /// Who put it in force. For auditors and administrators.
    public var startedBy: String?
    /// When it ended.
    public var endedAt: Date?
    /// Who ended it; absent when its time was over. For auditors and administrators.
    public var endedBy: String?
    /// Why it was ended.
    public var endReason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case scope
        case database
        case profile
        case user
        case person
        case reason
        case since
        case until
        case revoke
        case inForce = "in_force"
        case startedBy = "started_by"
        case endedAt = "ended_at"
        case endedBy = "ended_by"
        case endReason = "end_reason"
    }

    public init(
        id: String, scope: String, database: String? = nil, profile: String? = nil, user: String? = nil,
        person: String? = nil, reason: String, since: Date, until: Date? = nil, revoke: Bool, inForce: Bool,
        startedBy: String? = nil, endedAt: Date? = nil, endedBy: String? = nil, endReason: String? = nil
    ) {
        self.id = id
        self.scope = scope
        self.database = database
        self.profile = profile
        self.user = user
        self.person = person
        self.reason = reason
        self.since = since
        self.until = until
        self.revoke = revoke
        self.inForce = inForce
        self.startedBy = startedBy
        self.endedAt = endedAt
        self.endedBy = endedBy
        self.endReason = endReason
    }
}
