import MayflyAPI
import MayflyCore

extension ProfileSummary {
    init(_ offer: Offer) {
        let profile = offer.grant.profile
        self.init(
            name: profile.name.rawValue, database: profile.database.rawValue,
            engine: EngineName(offer.engine), description: profile.description,
            ttlDefaultSeconds: offer.grant.ttl.seconds, ttlMaximumSeconds: offer.grant.maximum.seconds,
            rule: offer.grant.rule, memberOf: profile.memberOf, connectionLimit: profile.connectionLimit,
            settings: profile.settings, active: offer.active,
            maxActivePerPerson: offer.grant.limits.quota.perPerson,
            maxActiveTotal: offer.grant.limits.quota.total,
            decision: MayflyAPI.Decision(offer.outcome), breakGlass: offer.outcome == .breakGlass,
            reasonRequired: offer.reasonRequired, retired: profile.retired,
            lockdown: offer.lockdown?.message)
    }
}

extension MayflyAPI.Decision {
    /// What a rule of this outcome says to a request that it takes up.
    init(_ outcome: AccessRule.Outcome) {
        switch outcome {
        case .automatic, .breakGlass: self = .allow
        case .approval: self = .needsApproval
        case .deny: self = .deny
        }
    }
}
