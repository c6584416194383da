package import Foundation

/// Newest first.
package struct LeaseQuery: Hashable, Sendable {
    package var ids: [LeaseID]?
    package var roles: [RoleName]?
    package var uid: UInt32?
    /// `Identity.key`: which of the identities over that uid.
    package var key: String?
    package var identities: Identities?
    package var requester: String?
    /// A user's name, or a person's.
    package var who: String?
    /// Only those that lived within it, by `ReportPeriod.meets`.
    package var lived: ReportPeriod?
    package var database: DatabaseName?
    package var profile: ProfileName?
    package var states: Set<Lease.State>?
    package var isTethered: Bool?
    /// The name of the rule under which they were given. For few: each live lease's request is looked at.
    package var rule: String?
    package var expiresAfter: Date?
    /// Only leases older than this one, for paging.
    package var before: LeaseID?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    package var limit: Int

    package init(
        ids: [LeaseID]? = nil, roles: [RoleName]? = nil, uid: UInt32? = nil, key: String? = nil,
        identities: Identities? = nil,
        requester: String? = nil, who: String? = nil, lived: ReportPeriod? = nil,
        database: DatabaseName? = nil, profile: ProfileName? = nil, states: Set<Lease.State>? = nil,
        isTethered: Bool? = nil, rule: String? = nil, expiresAfter: Date? = nil,
        before: LeaseID? = nil, idPrefix: String? = nil, limit: Int = 100
    ) {
        self.ids = ids
        self.roles = roles
        self.uid = uid
        self.key = key
        self.identities = identities
        self.requester = requester
        self.who = who
        self.lived = lived
        self.database = database
        self.profile = profile
        self.states = states
        self.isTethered = isTethered
        self.rule = rule
        self.expiresAfter = expiresAfter
        self.before = before
        self.idPrefix = idPrefix
        self.limit = limit
    }

    /// The same, of one identity's own only.
    /// - Returns: nil when it asks for somebody else's.
    package func own(of identity: Identity) -> Self? {
        guard uid == nil || uid == identity.uid, key == nil || key == identity.key else { return nil }
        var own = self
        (own.uid, own.key) = (identity.uid, identity.key)
        return own
    }
}
