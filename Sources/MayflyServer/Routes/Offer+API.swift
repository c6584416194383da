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
            reasonRequired: profile.reasonRequired, retired: profile.retired)
    }
}
