package import Foundation

/// One line of the policy: who may ask for what and when, for how long, with which facts, and who decides.
package struct AccessRule: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// At once.
        case automatic
        /// When people have approved.
        case approval
        /// At once, for requests that ask for it in so many words; reviewed afterwards.
        case breakGlass = "break_glass"
        /// Never: also what later rules would give.
        case deny
    }

    /// What one rule gives at most. Each lowers what the profile gives, never raises it.
    package struct Limits: Hashable, Sendable {
        package var maxTTL: TTL?
        /// Live leases of one profile that one person may have.
        package var perPerson: Int?
        /// Live leases of one profile that there may be.
        package var total: Int?
        /// Requests by this rule that one person may make within an hour.
        package var requestsPerHour: Int?

        package init(
            maxTTL: TTL? = nil, perPerson: Int? = nil, total: Int? = nil, requestsPerHour: Int? = nil
        ) {
            self.maxTTL = maxTTL
            self.perPerson = perPerson
            self.total = total
            self.requestsPerHour = requestsPerHour
        }
    }

    /// What leases over some TTL demand in addition.
    package struct Tier: Hashable, Sendable {
        package var above: TTL
        package var requires: Requirements
        package var approval: ApprovalTerms?

        package init(above: TTL, requires: Requirements = .init(), approval: ApprovalTerms? = nil) {
            self.above = above
            self.requires = requires
            self.approval = approval
        }
    }

    package var name: String
    package var who: [Principal]
    package var profiles: [Glob]
    package var outcome: Outcome
    package var limits: Limits
    package var requires: Requirements
    /// The rule is open in each; always when there is none.
    package var windows: [AccessWindow]
    /// The clocks that the windows go by.
    package var zone: TimeZone
    /// From then on the rule is none, and every lease under it has ended.
    package var validUntil: Date?
    package var tiers: [Tier]
    /// The steps for the outcome `approval`, and for flags.
    package var approval: ApprovalTerms?
    /// With one of these raised the outcome `automatic` becomes `approval`.
    package var flagsDemandingApproval: Set<RequestFlag.Kind>
    /// Whose signed approvals are honoured.
    package var authorities: [String]
    /// For the outcome `breakGlass`.
    package var review: ReviewTerms

    package init(
        name: String, who: [Principal], profiles: [Glob], outcome: Outcome = .automatic,
        limits: Limits = .init(), requires: Requirements = .init(), windows: [AccessWindow] = [],
        zone: TimeZone = .gmt, validUntil: Date? = nil, tiers: [Tier] = [], approval: ApprovalTerms? = nil,
        flagsDemandingApproval: Set<RequestFlag.Kind> = [], authorities: [String] = [],
        review: ReviewTerms = .init()
    ) {
        self.name = name
        self.who = who
        self.profiles = profiles
        self.outcome = outcome
        self.limits = limits
        self.requires = requires
        self.windows = windows
        self.zone = zone
        self.validUntil = validUntil
        self.tiers = tiers
        self.approval = approval
        self.flagsDemandingApproval = flagsDemandingApproval
        self.authorities = authorities
        self.review = review
    }

    /// A rule that denies anyone denies tokens too.
    package func names(_ identity: Identity) -> Bool {
        who.contains { $0.matches(identity) || (outcome == .deny && $0 == .anyone) }
    }
    package func names(_ profile: ProfileName) -> Bool { profiles.contains { $0.matches(profile.rawValue) } }

    package func isOpen(at now: Date) -> Bool {
        windows.isEmpty || windows.contains { $0.contains(now, in: zone) }
    }
}
