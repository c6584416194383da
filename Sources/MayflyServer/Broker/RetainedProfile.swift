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
    var scope: Scope?
    var group: String?
    var groupStatements: [String]?
    var onDrift: Profile.DriftReaction?
    var onChange: Profile.ChangeEffect?
    var ownedObjects: Profile.OwnedObjects?
    var create: Profile.CreateRights?
    var creationStatements: [String]?
    var revocationStatements: [String]?
    var statements: Profile.Statements?
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
        scope = profile.scope
        group = profile.group
        groupStatements = profile.groupStatements
        onDrift = profile.onDrift
        onChange = profile.onChange
        ownedObjects = profile.ownedObjects
        create = profile.create
        creationStatements = profile.creationStatements
        revocationStatements = profile.revocationStatements
        statements = profile.statements
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
        profile.scope = scope
        profile.group = group
        profile.create = create
        if let groupStatements { profile.groupStatements = groupStatements }
        if let onDrift { profile.onDrift = onDrift }
        if let onChange { profile.onChange = onChange }
        if let ownedObjects { profile.ownedObjects = ownedObjects }
        if let creationStatements { profile.creationStatements = creationStatements }
        if let revocationStatements { profile.revocationStatements = revocationStatements }
        if let description { profile.description = description }
        if let statements { profile.statements = statements }
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
