package import Foundation

/// Who took a profile in a period, and for how long: what it could do without.
package struct ProfileUse: Hashable, Sendable {
    package let name: ProfileName
    package private(set) var leases = 0
    package private(set) var people: Set<Person> = []
    package private(set) var lastIssuedAt: Date?
    /// In seconds: what somebody asked for.
    package private(set) var longestAsked: Int?
    /// What a lease had in all, renewals and extensions included.
    package private(set) var longestGiven: Int?
    /// What a lease lived.
    package private(set) var longestLived: Int?
    /// Leases of which it is known that nobody connected with them; nil when that is known of none.
    package private(set) var unused: Int?

    package init(_ name: ProfileName) { self.name = name }

    package mutating func add(_ reported: ReportedLease) {
        leases += 1
        people.insert(reported.lease.requester.person)
        lastIssuedAt = max(lastIssuedAt ?? .distantPast, reported.lease.createdAt)
        if let asked = reported.request.ttl?.seconds { longestAsked = max(longestAsked ?? 0, asked) }
        longestGiven = max(longestGiven ?? 0, reported.givenSeconds)
        longestLived = max(longestLived ?? 0, reported.livedSeconds)
        if let isUnused = reported.isUnused { unused = (unused ?? 0) + (isUnused ? 1 : 0) }
    }

    /// A lower maximum under which every lease of the period would have been given all that it had; nil when there was
    /// none, or when the maximum was needed.
    package func enough(under maximum: TTL) -> Int? {
        guard let longestGiven, longestGiven < maximum.seconds else { return nil }
        return longestGiven
    }
}
