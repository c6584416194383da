package import Foundation

/// What the record says of a person, as far as a decision needs it: filled by the store, in the transaction that
/// records the decision where requests can race for it.
package struct History: Hashable, Sendable {
    /// Leases of the person's that may still give access.
    package struct Held: Hashable, Sendable {
        package var profile: ProfileName
        package var count: Int
        /// Not those that are being revoked.
        package var countsAsActive: Bool
        package init(_ profile: ProfileName, count: Int = 1, countsAsActive: Bool = true) {
            self.profile = profile
            self.count = count
            self.countsAsActive = countsAsActive
        }
    }

    /// An earlier request of the person's for the profile.
    package struct Earlier: Hashable, Sendable {
        package enum Result: Hashable, Sendable {
            case issued, denied, other

            /// - Parameter byPeople: whether people spoke. What the policy or a limit refused is no denial.
            package init(_ state: AccessRequest.State, byPeople: Bool) {
                switch state {
                case .issued: self = .issued
                case .denied: self = byPeople ? .denied : .other
                case .pending, .approved, .withdrawn, .expired: self = .other
                }
            }
        }

        package var id: RequestID
        package var at: Date
        package var ttl: TTL?
        package var result: Result
        package init(id: RequestID = RequestID(), at: Date, ttl: TTL?, result: Result) {
            self.id = id
            self.at = at
            self.ttl = ttl
            self.result = result
        }
    }

    /// All profiles.
    package var held: [Held]
    /// When the person's last lease of a profile ended.
    package var ended: [ProfileName: Date]
    /// Live leases of the profile, everybody's.
    package var activeInAll: Int
    /// The person's requests of the last hour, by the rule that decided them; without those that a limit refused.
    package var requestsInHour: [String: Int]
    /// The latest of the profile, newest first.
    package var earlier: [Earlier]
    /// Reviews of the person's break-glass leases that are overdue.
    package var overdueReviews: Int

    /// One of them, which refusals name; nil when none is known by name.
    package var overdueReview: ReviewID?
    /// By what one of them began with, the person has no break-glass until it is done.
    package var isSuspended = false
    /// Those in force, everybody's.
    package var lockdowns: [Lockdown]

    package init(
        held: [Held] = [], ended: [ProfileName: Date] = [:], activeInAll: Int = 0,
        requestsInHour: [String: Int] = [:], earlier: [Earlier] = [], overdueReviews: Int = 0,
        lockdowns: [Lockdown] = []
    ) {
        self.held = held
        self.ended = ended
        self.activeInAll = activeInAll
        self.requestsInHour = requestsInHour
        self.earlier = earlier
        self.overdueReviews = overdueReviews
        self.lockdowns = lockdowns
    }

    /// How many earlier requests are looked at.
    package static let earlierLimit = 50
}
