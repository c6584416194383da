package import Foundation

/// A wish for access, parsed: what the policy decides on.
package struct LeaseRequest: Hashable, Sendable {
    package let profile: ProfileName
    /// Nil means the profile's default.
    package let ttl: TTL?
    package let reason: Reason?
    package let ticket: Ticket?
    /// The lease is to end with the connection that its requester opens for it.
    package let isTethered: Bool
    /// When the access is to begin; nil means at once.
    package let startAt: Date?
    /// Asks for access at once, without approval, with a duty to review it afterwards.
    package let isBreakGlass: Bool
    /// The part of the profile's scope that is asked for; nil for all of it.
    package let narrowing: Narrowing?

    package init(
        profile: ProfileName, ttl: TTL?, reason: Reason?, ticket: Ticket?, isTethered: Bool = false,
        startAt: Date? = nil, isBreakGlass: Bool = false, narrowing: Narrowing? = nil
    ) {
        self.profile = profile
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
        self.isTethered = isTethered
        self.startAt = startAt
        self.isBreakGlass = isBreakGlass
        self.narrowing = narrowing
    }
}
