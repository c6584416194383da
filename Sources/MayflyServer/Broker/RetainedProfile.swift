import MayflyCore

/// A profile as the state keeps it; see `RetainedDatabase`.
struct RetainedProfile: Codable, Sendable {
    struct TTLs: Codable, Sendable {
        var `default`: TTL
        var max: TTL
    }

    struct MaxActive: Codable, Sendable {
        var perPerson: Int
        var total: Int
    }

    var name: ProfileName
    var database: DatabaseName
    var description: String?
    var ttl: TTLs
    var memberOf: [String]
    var connectionLimit: Int?
    var maxActive: MaxActive?
    var settings: [String: String]?
    var scramIterations: Int?
    var reasonRequired: Bool?
    var retired: Bool?

    init(_ profile: Profile) {
        name = profile.name
        database = profile.database
        description = profile.description
        ttl = TTLs(default: profile.ttl.default, max: profile.ttl.max)
        memberOf = profile.memberOf
        connectionLimit = profile.connectionLimit
        maxActive = MaxActive(perPerson: profile.maxActive.perPerson, total: profile.maxActive.total)
        settings = profile.settings
        scramIterations = profile.scramIterations
        reasonRequired = profile.reasonRequired
        retired = profile.retired
    }

    var profile: Profile {
        var profile = Profile(
            name: name, database: database, ttl: .init(default: ttl.default, max: ttl.max), memberOf: memberOf
        )
        if let description { profile.description = description }
        if let connectionLimit { profile.connectionLimit = connectionLimit }
        if let maxActive {
            profile.maxActive = .init(perPerson: maxActive.perPerson, total: maxActive.total)
        }
        if let settings { profile.settings = settings }
        if let scramIterations { profile.scramIterations = scramIterations }
        if let reasonRequired { profile.reasonRequired = reasonRequired }
        if let retired { profile.retired = retired }
        return profile
    }
}
