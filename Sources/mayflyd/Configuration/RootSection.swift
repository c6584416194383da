import MayflyCore

/// The whole file.
enum RootSection {
    static let keys = [
        "installation", "listen", "state", "administrators", "auditors", "databases", "profiles", "access",
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
            PrincipalList.read($0, allowEmpty: true, allowAnyone: false)
        }
        let auditors = section.optional("auditors").map {
            PrincipalList.read($0, allowEmpty: true, allowAnyone: false)
        }
        if administrators == nil {
            field.child("administrators", field.node).note(
                "is missing: nobody may revoke the leases of others", fix: "administrators: [ \"group:…\" ]")
        }
        let databases = section.required("databases", fix: "name at least one database to administer")
            .flatMap { DatabaseSection.readAll($0, environment: environment) }
        let profiles = section.required("profiles", fix: "name at least one profile to ask for")
            .flatMap { ProfileSection.readAll($0, databases: databases) }
        let access = section.required(
            "access",
            fix: "without a rule nobody is given anything; access: [ { name: …, who: […], profiles: […] } ]"
        ).flatMap { AccessSection.readAll($0, profiles: profiles) }
        noteUnused(databases, profiles: profiles)

        guard let installation, let listen, let state, let databases, let profiles, let access else {
            return nil
        }
        return Configuration(
            installation: installation, listen: listen, statePath: state,
            administrators: (administrators ?? []) ?? [], auditors: (auditors ?? []) ?? [],
            databases: databases.valid, profiles: profiles.valid, access: access)
    }

    private static func noteUnused(_ databases: DatabaseSection.Parsed?, profiles: ProfileSection.Parsed?) {
        guard let databases, let profiles else { return }
        for (name, field) in databases.declared where !profiles.databases.contains(name) {
            field.note("no profile issues from this database", fix: nil)
        }
    }
}
