package import Foundation

/// Whose history, and for what.
package struct HistoryQuery: Hashable, Sendable {
    package var identities: Identities
    package var profile: ProfileName
    package var now: Date
    /// Seconds that ends are looked back for; nil leaves ends and what is held of other profiles out.
    package var conflictsWithin: Int?
    package var wantsRequestsInHour: Bool
    package var wantsEarlier: Bool
    /// Only requests older than this one.
    package var before: RequestID?
    package var wantsReviews: Bool

    package init(
        _ identities: Identities, profile: ProfileName, now: Date, conflictsWithin: Int? = nil,
        wantsRequestsInHour: Bool = false, wantsEarlier: Bool = false, before: RequestID? = nil,
        wantsReviews: Bool = false
    ) {
        self.identities = identities
        self.profile = profile
        self.now = now
        self.conflictsWithin = conflictsWithin
        self.wantsRequestsInHour = wantsRequestsInHour
        self.wantsEarlier = wantsEarlier
        self.before = before
        self.wantsReviews = wantsReviews
    }
}
