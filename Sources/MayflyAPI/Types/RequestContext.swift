public import Foundation

/// What an approver should know before they decide.
public struct RequestContext: WireObject {
    /// The requester's earlier requests for the profile, newest first, 10 at most.
    public var earlier: [EarlierRequest]
    /// When they last had it.
    public var lastAccessAt: Date?
    /// What they have now, of any profile.
    public var activeLeases: [Lease]
    /// What is unusual about it.
    public var flags: [RequestFlag]
    /// What the group roles may do in the database, a line each; nothing where the broker cannot see it.
    public var privileges: [String]
    /// Why they are not shown, where they are not.
    public var privilegesUnknown: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case earlier
        case lastAccessAt = "last_access_at"
        case activeLeases = "active_leases"
        case flags
        case privileges
        case privilegesUnknown = "privileges_unknown"
    }

    public init(
        earlier: [EarlierRequest], lastAccessAt: Date? = nil, activeLeases: [Lease], flags: [RequestFlag],
        privileges: [String], privilegesUnknown: String? = nil
    ) {
        self.earlier = earlier
        self.lastAccessAt = lastAccessAt
        self.activeLeases = activeLeases
        self.flags = flags
        self.privileges = privileges
        self.privilegesUnknown = privilegesUnknown
    }
}
