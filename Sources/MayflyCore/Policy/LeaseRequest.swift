/// A wish for access, parsed: what the policy decides on.
package struct LeaseRequest: Hashable, Sendable {
    package let profile: ProfileName
    /// Nil means the profile's default.
    package let ttl: TTL?
    package let reason: Reason?
    package let ticket: Ticket?
    /// The lease is to end with the connection that its requester opens for it.
    package let isTethered: Bool

    package init(
        profile: ProfileName, ttl: TTL?, reason: Reason?, ticket: Ticket?, isTethered: Bool = false
    ) {
        self.profile = profile
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
        self.isTethered = isTethered
    }
}
