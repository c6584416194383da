package import Foundation

/// What the policy says to a request, with the rule that decided.
package enum Decision: Sendable, Equatable {
    case allow(Grant)
    /// When people have said so.
    case approval(Grant, ApprovalTerms)
    case deny(Refusal)

    package var isAllowed: Bool { if case .allow = self { true } else { false } }
}

/// An access that a rule gives.
package struct Grant: Sendable, Equatable {
    package let profile: Profile
    /// The name of the rule that decided.
    package let rule: String
    package let ttl: TTL
    /// How long the lease may live in all, renewals included, from its creation.
    package internal(set) var maximum: TTL
    /// Whose it is: who is counted.
    package let person: Person
    /// All that they are recorded under.
    package let identities: Identities
    /// No lease under the rule lives longer, whatever its TTL.
    package let endsBy: Date?
    /// What the store looks at again when it records the lease.
    package let limits: AdmissionLimits
    package let isBreakGlass: Bool
    /// For break-glass.
    package let review: ReviewTerms?
    /// What the requester had to prove, and proves again to redeem.
    package let demandsMFA: MFADemand?

    package init(
        profile: Profile, rule: String, ttl: TTL, maximum: TTL, person: Person, identities: Identities? = nil,
        endsBy: Date? = nil,
        limits: AdmissionLimits? = nil, isBreakGlass: Bool = false, review: ReviewTerms? = nil,
        demandsMFA: MFADemand? = nil
    ) {
        self.profile = profile
        self.rule = rule
        self.ttl = ttl
        self.maximum = maximum
        self.person = person
        self.identities = identities ?? Identities(person)
        self.endsBy = endsBy
        self.limits = limits ?? AdmissionLimits(profile: profile.name, quota: profile.maxActive, rule: rule)
        self.isBreakGlass = isBreakGlass
        self.review = review
        self.demandsMFA = demandsMFA
    }

    /// The end of a lease of `ttl` that begins at `now`.
    package func end(of ttl: TTL, from now: Date) -> Date {
        let end = now.addingTimeInterval(TimeInterval(ttl.seconds))
        return endsBy.map { min($0, end) } ?? end
    }
}
