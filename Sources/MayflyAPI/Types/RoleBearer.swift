public import Foundation

/// Who is behind a role or a session.
public struct RoleBearer: WireObject {
    /// The login role's name in the server.
    public var role: String
    /// The database, by the configuration's name.
    public var database: String?
    /// Where that is known from: `state`, `register` (the guard), `comment` (of the role, which whoever may comment on it can have written) or `name` (it only looks like ours).
    public var source: String
    /// Whose role it is, when it is not ours or only its comment says so.
    public var installation: String?
    /// Its lease.
    public var lease: Lease?
    /// Its lease, by whatever knows it.
    public var leaseId: String?
    /// Who asked.
    public var requester: String?
    /// Whose approval it took.
    public var approvedBy: [String]
    /// When it was asked for or made.
    public var since: Date?
    /// When access ends.
    public var until: Date?
    /// Sessions now, where the server was asked.
    public var sessions: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case role
        case database
        case source
        case installation
        case lease
        case leaseId = "lease_id"
        case requester
        case approvedBy = "approved_by"
        case since
        case until
        case sessions
    }

    public init(
        role: String, database: String? = nil, source: String, installation: String? = nil,
        lease: Lease? = nil, leaseId: String? = nil, requester: String? = nil, approvedBy: [String],
        since: Date? = nil, until: Date? = nil, sessions: Int? = nil
    ) {
        self.role = role
        self.database = database
        self.source = source
        self.installation = installation
        self.lease = lease
        self.leaseId = leaseId
        self.requester = requester
        self.approvedBy = approvedBy
        self.since = since
        self.until = until
        self.sessions = sessions
    }
}
