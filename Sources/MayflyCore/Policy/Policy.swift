package import Foundation

/// The rules of one configuration. Pure: the same question gets the same answer.
///
/// The first rule that names the caller and the profile decides; where none does, the answer is no. How many
/// leases are active already is counted by the store, in the transaction that records the intent, so that two
/// requests racing for the last place never both win.
package struct Policy: Sendable {
    package let rules: [AccessRule]
    package let profiles: [ProfileName: Profile]

    package init(rules: [AccessRule], profiles: [ProfileName: Profile]) {
        self.rules = rules
        self.profiles = profiles
    }

    package func decide(_ request: LeaseRequest, by identity: Identity, now: Date) -> Decision {
        // A profile that does not exist and one that is not for the caller get the same answer.
        guard let profile = profiles[request.profile], let rule = rule(for: profile, identity) else {
            return .deny(
                Refusal(
                    .denied,
                    "no access rule lets \(identity.user) ask for \(request.profile.rawValue.quoted())",
                    field: "profile", hint: "`mayfly profiles` lists what you may ask for"))
        }
        let maximum = maximumTTL(of: profile, under: rule)
        let ttl = request.ttl ?? min(profile.ttl.default, maximum)
        guard ttl <= maximum else {
            return .deny(
                Refusal(
                    .ttlAboveMaximum,
                    "ttl \(ttl) is above \(maximum), the maximum for \(profile.name) by rule \(rule.name.quoted())",
                    field: "ttl_seconds", hint: "ask for \(maximum) or less",
                    figures: ["maximum_ttl_seconds": maximum.seconds]))
        }
        if profile.reasonRequired, request.reason == nil {
            return .deny(
                Refusal(
                    .reasonRequired, "\(profile.name) is given with a reason only", field: "reason",
                    hint: "say why with --reason"))
        }
        return .allow(Grant(profile: profile, rule: rule.name, ttl: ttl, maximum: maximum))
    }

    /// What the caller may ask for, with the rule that would decide.
    package func offers(to identity: Identity) -> [Grant] {
        profiles.values.sorted { $0.name < $1.name }.compactMap { profile in
            guard let rule = rule(for: profile, identity) else { return nil }
            let maximum = maximumTTL(of: profile, under: rule)
            return Grant(
                profile: profile, rule: rule.name, ttl: min(profile.ttl.default, maximum), maximum: maximum)
        }
    }

    private func rule(for profile: Profile, _ identity: Identity) -> AccessRule? {
        guard !profile.retired else { return nil }
        return rules.first { rule in
            rule.profiles.contains(profile.name) && rule.who.contains { $0.matches(identity) }
        }
    }

    private func maximumTTL(of profile: Profile, under rule: AccessRule) -> TTL {
        min(profile.ttl.max, rule.maxTTL ?? profile.ttl.max)
    }
}

/// What the policy says to a request, with the rule that decided.
package enum Decision: Sendable, Equatable {
    case allow(Grant)
    case deny(Refusal)
}

/// An access that a rule gives.
package struct Grant: Sendable, Equatable {
    package let profile: Profile
    /// The name of the rule that decided.
    package let rule: String
    package let ttl: TTL
    /// How long the lease may live in all, renewals included, from its creation.
    package let maximum: TTL

    package init(profile: Profile, rule: String, ttl: TTL, maximum: TTL) {
        self.profile = profile
        self.rule = rule
        self.ttl = ttl
        self.maximum = maximum
    }
}
