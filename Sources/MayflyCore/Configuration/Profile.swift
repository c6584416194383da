/// What can be asked for: a database, a scope of privileges, TTL limits and settings.
package struct Profile: Hashable, Sendable {
    package struct TTLs: Hashable, Sendable {
        package var `default`: TTL
        package var max: TTL
        package init(default: TTL, max: TTL) {
            self.default = `default`
            self.max = max
        }
    }

    /// What is put on record of what leases run.
    package enum Statements: String, Sendable, Codable, CaseIterable {
        case off
        /// A summary by the server's own statistics, without values.
        case digests
        /// That, and each statement from the server's log, without values.
        case redacted
        /// That, and each statement from the server's log, with values but where a password may be among them.
        case full

        /// Whether statements of the server's log are kept.
        package var keepsLog: Bool { self == .redacted || self == .full }
    }

    package var name: ProfileName
    package var database: DatabaseName
    package var description: String
    package var ttl: TTLs
    /// The group roles that a lease becomes a member of: `group`, or those that a DBA made and keeps by hand.
    package var memberOf: [String]
    /// The privileges that `group` holds; nil where a DBA keeps the group roles by hand.
    package var scope: Scope?
    /// The group role that `mayflyd plan` and `apply` bring in step with `scope`; with one, the only one of `memberOf`.
    package var group: String?
    /// Raw SQL that `apply` runs for what `scope` cannot say; `{{group}}` stands for the group role, quoted.
    package var groupStatements: [String]
    package var onDrift: DriftReaction
    package var onChange: ChangeEffect
    package var ownedObjects: OwnedObjects
    package var create: CreateRights?
    /// Raw SQL of each lease, in `mode: direct` only, with `{{name}}`, `{{expiration}}`, `{{group}}`.
    package var creationStatements: [String]
    package var revocationStatements: [String]
    package var statements: Statements
    /// Sessions that one login role may hold at once.
    package var connectionLimit: Int
    /// How many live leases there may be at once.
    package var maxActive: Quota
    /// Defaults for each session of the role, not limits: a session can undo them.
    package var settings: [String: String]
    /// SCRAM iterations of the verifier; some drivers refuse fewer than 4,096 (RFC 7677).
    package var scramIterations: Int
    package var reasonRequired: Bool
    /// The configuration in force no longer has it; it is kept until its leases have ended.
    package var retired: Bool

    package init(
        name: ProfileName, database: DatabaseName, description: String = "", ttl: TTLs, memberOf: [String],
        scope: Scope? = nil, group: String? = nil, groupStatements: [String] = [],
        onDrift: DriftReaction = .warn, onChange: ChangeEffect = .keep,
        ownedObjects: OwnedObjects = .keepLocked,
        create: CreateRights? = nil, creationStatements: [String] = [], revocationStatements: [String] = [],
        statements: Statements = .off, connectionLimit: Int = 10,
        maxActive: Quota = .init(perPerson: 10, total: 1000),
        settings: [String: String] = [:], scramIterations: Int = 4096, reasonRequired: Bool = false,
        retired: Bool = false
    ) {
        self.name = name
        self.database = database
        self.description = description
        self.ttl = ttl
        self.memberOf = memberOf
        self.scope = scope
        self.group = group
        self.groupStatements = groupStatements
        self.onDrift = onDrift
        self.onChange = onChange
        self.ownedObjects = ownedObjects
        self.create = create
        self.creationStatements = creationStatements
        self.revocationStatements = revocationStatements
        self.statements = statements
        self.connectionLimit = connectionLimit
        self.maxActive = maxActive
        self.settings = settings
        self.scramIterations = scramIterations
        self.reasonRequired = reasonRequired
        self.retired = retired
    }
}
