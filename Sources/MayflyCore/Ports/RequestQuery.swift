/// Newest first.
package struct RequestQuery: Hashable, Sendable {
    package var uid: UInt32?
    package var profile: ProfileName?
    package var states: Set<AccessRequest.State>?
    package var before: RequestID?
    package var limit: Int

    package init(
        uid: UInt32? = nil, profile: ProfileName? = nil, states: Set<AccessRequest.State>? = nil,
        before: RequestID? = nil, limit: Int = 100
    ) {
        self.uid = uid
        self.profile = profile
        self.states = states
        self.before = before
        self.limit = limit
    }
}
