package import MayflyCore

/// The guard for PostgreSQL: what a DBA installs, through which alone the broker acts.
///
/// The SQL is in `guard-core.sql` (once per server), `guard-cleanup.sql` (in each database where a role may leave
/// something) and `guard-narrowing.sql` (where a DBA wants requests for less than a profile to be possible); here the
/// values of one installation are filled in, and the functions' bodies are known by their digests.
package struct PostgreSQLGuard: Sendable {
    /// The version of the SQL in this program.
    package static let version = 2
    /// The oldest version that this program can do without what came later: roles that create in an owner's name, and
    /// giving on what ended roles own.
    package static let oldest = 1

    /// A part of the guard that is installed by itself.
    package enum Module: String, Sendable, CaseIterable {
        case core, cleanup, narrowing

        /// The schema that holds it.
        package var schema: String {
            switch self {
            case .core: "mayfly"
            case .cleanup: "mayfly_cleanup"
            case .narrowing: "mayfly_narrowing"
            }
        }

        /// The script as it is in the source tree, before values are filled in.
        package var template: String {
            switch self {
            case .core: String(decoding: PackageResources.guard_core_sql, as: UTF8.self)
            case .cleanup: String(decoding: PackageResources.guard_cleanup_sql, as: UTF8.self)
            case .narrowing: String(decoding: PackageResources.guard_narrowing_sql, as: UTF8.self)
            }
        }
    }

    /// The guard's own, of which no lease may have more than everybody.
    package static let schemas = Module.allCases.map(\.schema)

    let definition: DatabaseDefinition
    private let installation: Configuration.Installation
    private let profiles: [Profile]

    /// - Parameter profiles: those that issue from this database; their groups and settings are what is allowed.
    package init(
        definition: DatabaseDefinition, installation: Configuration.Installation, profiles: [Profile]
    ) {
        self.definition = definition
        self.installation = installation
        self.profiles = profiles
    }

    /// The databases that get the clean-up module: in order, without repeats.
    package static func cleanupDatabases(of definition: DatabaseDefinition) -> [String] {
        var result: [String] = []
        for name in [definition.database] + definition.also where !result.contains(name) {
            result.append(name)
        }
        return result
    }

    /// All that a DBA runs with `psql -f`, for this configuration: the core, then the clean-up in each database.
    package func installScript() throws(EngineFailure) -> String {
        var script = try coreScript()
        for database in Self.cleanupDatabases(of: definition) {
            script += "\n\\connect \(try Self.connectArgument(database))\n" + (try cleanupScript())
        }
        return script
    }

    /// The core module, which makes the database `mayfly`.
    package func coreScript() throws(EngineFailure) -> String {
        let groups = Set(profiles.flatMap(\.memberOf)).sorted()
        let settings = Set(profiles.flatMap(\.settings.keys)).sorted()
        var values = try commonValues()
        values["max_ttl_seconds"] = String(definition.ceilings.maxTTL.seconds)
        values["max_live"] = String(definition.ceilings.maxLive)
        values["max_issues_per_minute"] = String(definition.ceilings.maxIssuesPerMinute)
        values["groups"] = try array(groups)
        values["settings"] = try array(settings)
        let creators = profiles.compactMap(\.create)
        let ddlOwners = Set(creators.filter(\.ddlAsOwner).map(\.owner))
        values["owners"] = try array(Set(creators.map(\.owner)).subtracting(ddlOwners).sorted())
        values["ddl_owners"] = try array(ddlOwners.sorted())
        return try GuardTemplate.fill(Module.core.template, values)
    }

    /// The clean-up module, for the database that the script is run in.
    package func cleanupScript() throws(EngineFailure) -> String {
        var values = try commonValues()
        values["takers"] = try array(Set(profiles.compactMap(\.ownedObjects.taker)).sorted())
        values["creators"] = try array(Set(profiles.compactMap(\.create?.owner)).sorted())
        return try GuardTemplate.fill(Module.cleanup.template, values)
    }

    /// The narrowing module, for the database that the script is run in.
    package func narrowingScript() throws(EngineFailure) -> String {
        var values = try commonValues()
        // Those of other databases on the server have nothing here.
        values["groups"] = try array(
            Set(profiles.filter { $0.database == definition.name }.flatMap(\.memberOf)).sorted())
        return try GuardTemplate.fill(Module.narrowing.template, values)
    }

    func commonValues() throws(EngineFailure) -> [String: String] {
        _ = try PostgreSQLQuoting.identifier(definition.account.user)
        return [
            "installation": try PostgreSQLQuoting.literal(installation.name),
            "tag": try PostgreSQLQuoting.literal(installation.tag.rawValue),
            "broker": try PostgreSQLQuoting.literal(definition.account.user),
        ]
    }

    private func array(_ names: [String]) throws(EngineFailure) -> String {
        var literals: [String] = []
        for name in names {
            _ = try PostgreSQLQuoting.identifier(name)
            literals.append(try PostgreSQLQuoting.literal(name))
        }
        return "ARRAY[" + literals.joined(separator: ", ") + "]"
    }

    /// A database's name for psql's `\connect`, which takes some names for connection strings.
    static func connectArgument(_ database: String) throws(EngineFailure) -> String {
        let quoted = try PostgreSQLQuoting.identifier(database)
        let isPlain = database.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.value > 0x20
                && !"=:\\`'".unicodeScalars.contains(scalar)
        }
        guard isPlain else {
            throw EngineFailure(
                .invalid, "psql cannot be told to connect to the database \(database.quoted())",
                hint: "install the clean-up module there by hand")
        }
        return quoted
    }
}
