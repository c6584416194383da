/// Newest first.
package struct SessionQuery: Hashable, Sendable {
    package var id: SessionID?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    package var lease: LeaseID?
    /// Only those of these leases.
    package var leases: [LeaseID]?
    package var database: DatabaseName?
    /// The requester's user name.
    package var user: String?
    package var isOpen: Bool?
    /// Only those of this uid's and key's leases.
    package var uid: UInt32?
    package var key: String?
    /// Only sessions older than this one, for paging.
    package var before: SessionID?
    package var limit: Int

    package init(
        id: SessionID? = nil, idPrefix: String? = nil, lease: LeaseID? = nil, leases: [LeaseID]? = nil,
        database: DatabaseName? = nil, user: String? = nil, isOpen: Bool? = nil, before: SessionID? = nil,
        limit: Int = 100
    ) {
        self.id = id
        self.idPrefix = idPrefix
        self.lease = lease
        self.leases = leases
        self.database = database
        self.user = user
        self.isOpen = isOpen
        self.before = before
        self.limit = limit
    }
}
