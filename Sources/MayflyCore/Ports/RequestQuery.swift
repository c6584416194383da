/// Newest first.
package struct RequestQuery: Hashable, Sendable {
    package var ids: [RequestID]?
    /// Only those that were made within it.
    package var madeIn: ReportPeriod?
    package var uid: UInt32?
    /// `Identity.key`: which of the identities over that uid.
    package var key: String?
    package var person: Person?
    package var profile: ProfileName?
    package var states: Set<AccessRequest.State>?
    package var before: RequestID?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    package var limit: Int

    package init(
        ids: [RequestID]? = nil, madeIn: ReportPeriod? = nil,
        uid: UInt32? = nil, key: String? = nil, person: Person? = nil, profile: ProfileName? = nil,
        states: Set<AccessRequest.State>? = nil,
        before: RequestID? = nil, idPrefix: String? = nil, limit: Int = 100
    ) {
        self.ids = ids
        self.madeIn = madeIn
        self.uid = uid
        self.key = key
        self.person = person
        self.profile = profile
        self.states = states
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
