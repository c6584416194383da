/// A wish for access, parsed: what the policy decides on.
package struct LeaseRequest: Hashable, Sendable {
    package let profile: ProfileName
    /// Nil means the profile's default.
    package let ttl: TTL?
    package let reason: Reason?
    package let ticket: Ticket?

    package init(profile: ProfileName, ttl: TTL?, reason: Reason?, ticket: Ticket?) {
        self.profile = profile
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
    }
}
