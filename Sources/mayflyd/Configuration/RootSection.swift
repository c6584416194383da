import MayflyCore
import Yams

/// The whole file.
enum RootSection {
    static let keys = [
        "installation", "listen", "state", "administrators", "auditors", "people", "identity_issuers",
        "approval_authorities", "databases", "profiles", "conflicts", "max_ttl", "access",
        "notifications", "mfa", "audit",
    ]

    /// - Returns: nil when something that everything else needs is missing; what is wrong is in the problem list.
    static func read(_ field: Field, environment: ConfigurationEnvironment) -> Configuration? {
        guard let section = Section(field, keys: keys) else { return nil }
        // Each part is read whatever became of the others, so that all problems are reported.
        let installation = section.required(
            "installation", fix: "installation: { name: prod-eu, tag: eu1 }"
        ).flatMap(InstallationSection.read)
        let listen = section.required("listen", fix: "listen: { socket: /run/mayfly/mayfly.sock }")
            .flatMap(ListenSection.read)
        let state = section.required("state", fix: "state: { path: /var/lib/mayfly/mayfly.db }")
            .flatMap(StateSection.read)
        let administrators = section.optional("administrators").map {
            PrincipalList.officers.read($0, allowEmpty: true)
        }
        let auditors = section.optional("auditors").map {
            PrincipalList.officers.read($0, allowEmpty: true)
        }
        if administrators == nil {
            field.child("administrators", field.node).note(
                "is missing: nobody may revoke the leases of others", fix: "administrators: [ \"group:…\" ]")
        }
        let issuers =
            section.optional("identity_issuers").map {
                SignerSection(what: "issuer", environment: environment).readAll($0)
            } ?? []
        let authorities =
            section.optional("approval_authorities").map {
                SignerSection(what: "authority", environment: environment).readAll($0)
            } ?? []
        // Those that are declared, right or wrong: one that is wrong is not reported as missing too.
        let issuerNames = Self.names(under: section.optional("identity_issuers"))
        let authorityNames = Self.names(under: section.optional("approval_authorities"))
        let people =
            section.optional("people").map { PeopleSection.read($0, issuers: issuerNames) } ?? People()
        let databases = section.required("databases", fix: "name at least one database to administer")
            .flatMap { DatabaseSection.readAll($0, environment: environment) }
        let profiles = section.required("profiles", fix: "name at least one profile to ask for")
            .flatMap { ProfileSection.readAll($0, databases: databases, tag: installation?.tag) }
        let access = section.required(
            "access",
            fix: "without a rule nobody is given anything; access: [ { name: …, who: […], profiles: […] } ]"
        ).flatMap {
            AccessSection(
                profiles: profiles, people: people ?? People(), issuers: issuerNames,
                authorities: authorityNames
            ).readAll($0)
        }
        let conflicts =
            section.optional("conflicts").map { ConflictsSection.read($0, profiles: profiles) } ?? []
        let maxTTL = section.optional("max_ttl").map { readMaxTTL($0, profiles: profiles) } ?? .ceiling
        let notifications =
            section.optional("notifications").map {
                NotificationsSection(profiles: profiles, databases: databases, environment: environment).read(
                    $0)
            } ?? Notifications()
        let mfa = section.optional("mfa").map {
            MFASection.read($0, installation: installation?.name, environment: environment)
        }
        let audit =
            section.optional("audit").map { AuditSection.read($0, environment: environment) } ?? AuditTerms()
        if let field = section.optional("access") {
            FactorCheck.check(access ?? [], hasFactors: mfa != nil, at: field)
        }
        noteUnused(databases, profiles: profiles)

        guard let installation, let listen, let state, let databases, let profiles, let access, let people,
            let conflicts, let maxTTL, let issuers, let authorities, let notifications, let audit
        else { return nil }
        return Configuration(
            installation: installation, listen: listen, statePath: state,
            administrators: (administrators ?? []) ?? [], auditors: (auditors ?? []) ?? [],
            databases: databases.valid, profiles: profiles.valid, access: access, people: people,
            conflicts: conflicts, maxTTL: maxTTL, issuers: issuers, authorities: authorities,
            notifications: notifications, mfa: mfa ?? nil, audit: audit)
    }

    /// - Returns: nil when that is not known.
    private static func names(under field: Field?) -> [String]? {
        guard let field else { return [] }
        guard case .mapping(let mapping) = field.node else { return nil }
        return mapping.compactMap { key, _ in
            if case .scalar(let scalar) = key { scalar.string } else { nil }
        }
    }

    private static func readMaxTTL(_ field: Field, profiles: ProfileSection.Parsed?) -> TTL? {
        guard let maxTTL = field.duration() else { return nil }
        for profile in (profiles?.valid.values.sorted { $0.name < $1.name } ?? [])
        where profile.ttl.max > maxTTL {
            field.note("lowers the maximum of \(profile.name) (\(profile.ttl.max))", fix: nil)
        }
        return maxTTL
    }

    private static func noteUnused(_ databases: DatabaseSection.Parsed?, profiles: ProfileSection.Parsed?) {
        guard let databases, let profiles else { return }
        for (name, field) in databases.declared where !profiles.databases.contains(name) {
            field.note("no profile issues from this database", fix: nil)
        }
    }
}
