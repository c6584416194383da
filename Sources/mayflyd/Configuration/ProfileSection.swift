import MayflyCore

/// `profiles:`, each with its name as the key.
enum ProfileSection {
    static let keys =
        [
            "database", "description", "ttl", "connection_limit", "max_active", "settings",
            "scram_iterations", "reason", "statements", "log",
        ] + ProfileScopeSection.keys

    struct Parsed {
        var valid: [ProfileName: Profile] = [:]
        /// Names that are there, right or wrong.
        var declared: [String] = []
        /// Databases that profiles name, right or wrong.
        var databases: Set<String> = []
    }

    static func readAll(
        _ field: Field, databases: DatabaseSection.Parsed?, tag: InstallationTag?
    ) -> Parsed? {
        guard let entries = field.entries(of: "profiles") else { return nil }
        if entries.isEmpty { field.error("names no profile", fix: "name at least one") }
        var parsed = Parsed()
        for (name, key, value) in entries {
            parsed.declared.append(name)
            let known = ProfileName(rawValue: name)
            if known == nil {
                key.error(
                    "is not a name for a profile",
                    fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
            }
            let profile = read(
                value, name: known ?? ProfileName(unchecked: "-"), databases, tag, &parsed.databases)
            if let profile, let group = profile.group,
                let other = parsed.valid.values.first(where: {
                    $0.group == group && $0.database == profile.database
                })
            {
                value.child("group", value.node).error(
                    "\(group.quoted()) is the group role of \(other.name) already: it would have two scopes",
                    fix: "a group role of its own: group: NAME, or member_of: [ \(group) ]")
            }
            if let known, let profile { parsed.valid[known] = profile }
        }
        return parsed
    }

    private static func read(
        _ field: Field, name: ProfileName, _ databases: DatabaseSection.Parsed?, _ tag: InstallationTag?,
        _ named: inout Set<String>
    ) -> Profile? {
        guard let section = Section(field, keys: keys) else { return nil }
        let database = section.required("database", fix: "the name of one under databases")
            .flatMap { readDatabase($0, databases, &named) }
        let description = section.optional("description").map { $0.string("a description") } ?? ""
        let ttl = section.required("ttl", fix: "ttl: { default: 30m, max: 8h }").flatMap {
            readTTLs($0, ceiling: database.flatMap { databases?.valid[$0]?.ceilings.maxTTL })
        }
        let scoped = ProfileScopeSection(
            name: name, definition: database.flatMap { databases?.valid[$0] }, tag: tag)
        let scope = scoped.read(section)
        let creation = scoped.readLeaseStatements(
            section, "creation_statements", places: StatementTemplate.Place.allCases)
        let revocation = scoped.readLeaseStatements(
            section, "revocation_statements", places: [.name, .group])
        let owned = section.optional("owned_objects").map(scoped.readOwnedObjects) ?? .keepLocked
        let create = section.optional("create").map(scoped.readCreate)
        if let owned, owned != .keepLocked { scoped.refuseWithoutGuard(section.optional("owned_objects")) }
        scoped.refuseWithoutGuard(section.optional("create"))
        let onDrift =
            section.optional("on_drift").map {
                ChoiceField.read($0, "what drift does", Profile.DriftReaction.self)
            } ?? .warn
        let onChange =
            section.optional("on_change").map {
                ChoiceField.read($0, "what a change of the scope does", Profile.ChangeEffect.self)
            } ?? .keep
        let statements =
            section.optional("statements").map {
                readStatements($0, database.flatMap { databases?.valid[$0] })
            } ?? .off
        let connectionLimit = section.optional("connection_limit").map { $0.integer(1...10_000) } ?? 10
        let maxActive =
            section.optional("max_active").map(readMaxActive) ?? Quota(perPerson: 10, total: 1000)
        let logged = section.optional("log").map {
            LogSection.read($0, database.flatMap { databases?.valid[$0] })
        }
        let settings = (section.optional("settings").map(SettingsSection.read) ?? [:])?.merging(
            (logged ?? [:]) ?? [:], uniquingKeysWith: { _, logged in logged })
        // Above 100,000 the guard refuses: 2·10⁹ hang a backend.
        let iterations = section.optional("scram_iterations").map { $0.integer(1...100_000) } ?? 4096
        if let iterations, iterations < 4096 {
            section.optional("scram_iterations")?.note(
                "is under 4096, the least of RFC 7677: some drivers will refuse to log in", fix: nil)
        }
        let reason = section.optional("reason").map(readReason) ?? false

        guard let database, let description, let ttl, let scope, let connectionLimit, let maxActive,
            let settings, let iterations, let reason, let creation, let revocation, let owned, let onDrift,
            let onChange, let statements, create != .some(nil), logged != .some(nil)
        else { return nil }
        if let owner = create??.owner, scope.memberOf.contains(owner) {
            section.optional("create")?.error(
                "the owner is the group role, which leases are members of and so should own nothing",
                fix: "another role, NOLOGIN, for what sessions make")
        }
        return Profile(
            name: name, database: database, description: description, ttl: ttl, memberOf: scope.memberOf,
            scope: scope.scope, group: scope.group, groupStatements: scope.groupStatements, onDrift: onDrift,
            onChange: onChange, ownedObjects: owned, create: create ?? nil, creationStatements: creation,
            revocationStatements: revocation, statements: statements,
            connectionLimit: connectionLimit, maxActive: maxActive, settings: settings,
            scramIterations: iterations, reasonRequired: reason)
    }

    private static func readDatabase(
        _ field: Field, _ databases: DatabaseSection.Parsed?, _ named: inout Set<String>
    ) -> DatabaseName? {
        guard let text = field.string("the name of a database") else { return nil }
        named.insert(text)
        if let databases, !databases.declared.contains(where: { $0.name == text }) {
            let names = databases.declared.map(\.name)
            field.error(
                "no database is called \(field.shown(text))",
                fix: Spelling.nearest(to: text, among: names).map { "did you mean \($0)?" }
                    ?? "under databases there are: \(names.sorted().joined(separator: ", "))")
            return nil
        }
        return DatabaseName(rawValue: text)
    }

    private static func readTTLs(_ field: Field, ceiling: TTL?) -> Profile.TTLs? {
        guard let section = Section(field, keys: ["default", "max"]) else { return nil }
        let `default` = section.required("default", fix: "such as default: 30m").flatMap { $0.duration() }
        let max = section.required("max", fix: "such as max: 8h").flatMap { $0.duration() }
        if let max, let ceiling, max > ceiling {
            section.optional("max")?.error(
                "\(max) is above \(ceiling), the ceilings.max_ttl of its database",
                fix: "\(ceiling) or less, or raise the ceiling (and install the guard's script again)")
        }
        guard let `default`, let max else { return nil }
        guard `default` <= max else {
            section.optional("default")?.error(
                "\(`default`) is above max (\(max))", fix: "\(max) or less, or raise max")
            return nil
        }
        return Profile.TTLs(default: `default`, max: max)
    }

    private static func readMaxActive(_ field: Field) -> Quota? {
        guard let section = Section(field, keys: ["per_person", "total"]) else { return nil }
        let total = section.optional("total").map { $0.integer(1...100_000) } ?? 1000
        let perPerson =
            section.optional("per_person").map { $0.integer(1...100_000) } ?? total.map { min(10, $0) }
        guard let perPerson, let total else { return nil }
        guard perPerson <= total else {
            section.optional("per_person")?.error(
                "\(perPerson) is above total (\(total))", fix: "\(total) or less")
            return nil
        }
        return Quota(perPerson: perPerson, total: total)
    }

    private static func readStatements(
        _ field: Field, _ database: DatabaseDefinition?
    ) -> Profile.Statements? {
        // Not as a string: YAML takes `off` for a truth value.
        guard let text = field.scalar("off, digests, redacted or full") else { return nil }
        guard let statements = Profile.Statements(rawValue: text) else {
            field.error(
                "\(field.shown(text)) is not what can be kept of statements",
                fix: "off, digests, redacted or full")
            return nil
        }
        if statements == .digests, let database, database.mode == .direct {
            field.error(
                "digests needs the guard, and databases.\(database.name) has mode: direct",
                fix: "off; or redacted, with server_log: under databases.\(database.name)")
            return nil
        }
        if statements.keepsLog, let database, database.serverLog == nil {
            field.error(
                "\(text) needs the server's log, and the database \(database.name) names none",
                fix: "server_log: { path: …, format: … } under databases.\(database.name); or digests")
            return nil
        }
        return statements
    }

    private static func readReason(_ field: Field) -> Bool? {
        guard let text = field.string("required or optional") else { return nil }
        switch text {
        case "required": return true
        case "optional": return false
        default:
            field.error("\(field.shown(text)) is neither required nor optional", fix: "reason: required")
            return nil
        }
    }
}
