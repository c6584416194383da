package import Foundation

/// Oldest first after `after`; with `newest` the last `limit` ones, still oldest first.
package struct AuditQuery: Hashable, Sendable {
    package var after: Int64?
    package var newest: Bool
    package var limit: Int
    package var lease: LeaseID?
    package var actorUID: UInt32?
    package var action: AuditEvent.Action?
    package var since: Date?
    package var until: Date?
    /// Records by this uid, and records about leases and requests of this uid.
    package var concerning: UInt32?

    package init(
        after: Int64? = nil, newest: Bool = false, limit: Int = 100, lease: LeaseID? = nil,
        actorUID: UInt32? = nil,
        action: AuditEvent.Action? = nil, since: Date? = nil, until: Date? = nil, concerning: UInt32? = nil
    ) {
        self.after = after
        self.newest = newest
        self.limit = limit
        self.lease = lease
        self.actorUID = actorUID
        self.action = action
        self.since = since
        self.until = until
        self.concerning = concerning
    }
}
