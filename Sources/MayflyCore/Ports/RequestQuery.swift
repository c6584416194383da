/// Newest first.
package struct RequestQuery: Hashable, Sendable {
    package var uid: UInt32?
    package var person: Person?
    package var profile: ProfileName?
    package var states: Set<AccessRequest.State>?
    package var before: RequestID?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    package var limit: Int

    package init(
        uid: UInt32? = nil, person: Person? = nil, profile: ProfileName? = nil,
        states: Set<AccessRequest.State>? = nil,
        before: RequestID? = nil, idPrefix: String? = nil, limit: Int = 100
    ) {
        self.uid = uid
        self.person = person
        self.profile = profile
        self.states = states
        self.before = before
        self.idPrefix = idPrefix
        self.limit = limit
    }
}
