package import MayflyCore

extension MariaDBGuard {
    /// What brings an installed guard to this program's version over living leases. Statement by statement, the doors
    /// closed meanwhile; may be repeated wherever it stopped.
    package func upgradeScript() throws(EngineFailure) -> String {
        var values = try commonValues()
        values["version"] = String(module.version)
        let doors = module.callableRoutines()
        let routines = module.routines()
        let frame = try Self.withTrust(
            String(decoding: PackageResources.guard_mariadb_upgrade_sql, as: UTF8.self))
        return try GuardTemplate.fill(
            try GuardSections(module.template).compose(frame), values,
            lines: [
                "doors": routines.filter { doors.contains($0.name) }.map(\.drop),
                "rooms": routines.filter { !doors.contains($0.name) }.map(\.drop),
            ])
    }

    /// What takes all of the guard away, once none of its accounts lives.
    package func uninstallScript() throws(EngineFailure) -> String {
        try GuardTemplate.fill(
            try Self.withTrust(
                String(decoding: PackageResources.guard_mariadb_uninstall_sql, as: UTF8.self)),
            try commonValues())
    }

    /// A script with the look at who may write in the guard's schema, in the place of `-- sections: trust`.
    private static func withTrust(_ script: String) throws(EngineFailure) -> String {
        script.replacing("-- sections: trust\n", with: try problems())
    }

    /// Asks for a reason not to touch the guard's schema with a DBA's rights (`problem`); no row where there is none.
    static func problems() throws(EngineFailure) -> String {
        try GuardSections(String(decoding: PackageResources.guard_mariadb_trust_sql, as: UTF8.self)).text(
            "problems")
    }
}

extension MariaDBGuard.Module {
    /// A procedure or function that the script makes, or that an older one made.
    struct Routine {
        /// `PROCEDURE` or `FUNCTION`.
        var kind: String
        /// `mayfly.issue`.
        var name: String

        var drop: String { "DROP \(kind) IF EXISTS \(name.replacing(".", with: ".`"))`;" }
    }

    func routines() -> [Routine] {
        let made = template.matches(
            of:
                /(?m)^CREATE DEFINER = mayfly_guard@localhost (?<kind>PROCEDURE|FUNCTION) (?<name>mayfly\.[a-z0-9_]+)\(/
        ).map { Routine(kind: String($0.output.kind), name: String($0.output.name)) }
        // What a version has no more, its script says in a line of this form.
        let retired = template.matches(
            of: /(?m)^-- retired: (?<kind>PROCEDURE|FUNCTION) (?<name>mayfly\.[a-z0-9_]+)/
        ).map { Routine(kind: String($0.output.kind), name: String($0.output.name)) }
        return made + retired
    }

    /// For people, in the head of a script.
    var product: String {
        switch self {
        case .mariadb: "MariaDB 10.6-11.8"
        case .mysql: "MySQL 8.0.21 and newer"
        }
    }

    /// The command-line client.
    var client: String {
        switch self {
        case .mariadb: "mariadb"
        case .mysql: "mysql"
        }
    }

    var dump: String {
        switch self {
        case .mariadb: "mariadb-dump"
        case .mysql: "mysqldump"
        }
    }
}
