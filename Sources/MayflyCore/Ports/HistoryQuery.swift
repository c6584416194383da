package import Foundation

/// Whose history, and for what.
package struct HistoryQuery: Hashable, Sendable {
    package var person: Person
    package var profile: ProfileName
    package var now: Date
    /// Seconds that ends are looked back for; nil leaves ends and what is held of other profiles out.
    package var conflictsWithin: Int?
    package var wantsRequestsInHour: Bool
    package var wantsEarlier: Bool

    package init(
        person: Person, profile: ProfileName, now: Date, conflictsWithin: Int? = nil,
        wantsRequestsInHour: Bool = false, wantsEarlier: Bool = false
    ) {
        self.person = person
        self.profile = profile
        self.now = now
        self.conflictsWithin = conflictsWithin
        self.wantsRequestsInHour = wantsRequestsInHour
        self.wantsEarlier = wantsEarlier
    }
}
