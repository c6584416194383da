package import Foundation
package import MayflyCore

/// What somebody should know before they approve.
package struct ApproverContext: Sendable {
    /// The requester's earlier requests for the profile, newest first.
    package var earlier: [AccessRequest]
    /// When they last had it.
    package var lastAccessAt: Date?
    /// What they have now, of any profile.
    package var active: [Lease]
    package var flags: [RequestFlag]
    /// What the group roles may do, a line each; nothing where the broker cannot see it.
    package var privileges: [String]
    /// Why they are not shown; safe to show.
    package var privilegesUnknown: String?

    package init(
        earlier: [AccessRequest] = [], lastAccessAt: Date? = nil, active: [Lease] = [],
        flags: [RequestFlag] = [], privileges: [String] = [], privilegesUnknown: String? = nil
    ) {
        self.earlier = earlier
        self.lastAccessAt = lastAccessAt
        self.active = active
        self.flags = flags
        self.privileges = privileges
        self.privilegesUnknown = privilegesUnknown
    }
}
