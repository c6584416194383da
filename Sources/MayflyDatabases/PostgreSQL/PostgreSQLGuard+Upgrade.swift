package import MayflyCore

extension PostgreSQLGuard {
    /// What brings an installed guard to this program's version over living leases: the core, then the clean-up, and
    /// narrowing where it is installed, in each database. A transaction each; may be repeated.
    package func upgradeScript() throws(EngineFailure) -> String {
        var script = try upgradeScript(of: .core)
        for database in Self.cleanupDatabases(of: definition) {
            script +=
                "\n\\connect \(try Self.connectArgument(database))\n" + (try upgradeScript(of: .cleanup))
            // Installed where a DBA wanted it.
            script += """

                SELECT to_regclass('mayfly_narrowing.guard') IS NOT NULL AS narrows \\gset mayfly_
                \\if :mayfly_narrows
                \(try upgradeScript(of: .narrowing))
                \\endif

                """
        }
        return script
    }

    /// For one module; the clean-up in the database that it is run in.
    package func upgradeScript(of module: Module) throws(EngineFailure) -> String {
        var values = try commonValues()
        values["module"] = module.rawValue
        values["version"] = String(Self.version)
        values["schema"] = module.schema
        values["schema_literal"] = try PostgreSQLQuoting.literal(module.schema)
        values["schemas"] = try PostgreSQLQuoting.literal(module.schema)
        values["connect"] = module == .core ? "\\connect \(module.schema)" : ""
        values["views"] = try module.views().map { name throws(EngineFailure) in
            try PostgreSQLQuoting.literal(name)
        }.joined(separator: ", ")
        let frame = String(decoding: PackageResources.guard_postgresql_upgrade_sql, as: UTF8.self)
        let sections = GuardSections(module.template)
        return try GuardTemplate.fill(try sections.compose(try Self.withTrust(frame)), values)
    }

    /// A script with the look at who owns what it touches, in the place of `-- sections: trust`.
    private static func withTrust(_ script: String) throws(EngineFailure) -> String {
        let parts = GuardSections(trust)
        return script.replacing("-- sections: trust", with: try parts.compose(try parts.text("trust")))
    }

    /// What finds schemas that only look like the guard's: a query, and what a script does with it.
    private static let trust = String(decoding: PackageResources.guard_trust_sql, as: UTF8.self)

    /// Asks for reasons not to touch a module's schema with a DBA's rights; no row where there are none.
    static func problems(of module: Module) throws(EngineFailure) -> String {
        try GuardTemplate.fill(
            try GuardSections(trust).text("problems"),
            ["schemas": try PostgreSQLQuoting.literal(module.schema)])
    }

    /// What takes all of the guard away, once none of its roles lives.
    ///
    /// - Parameter definitions: all databases of the configuration that are on this server, through this account.
    package func uninstallScript(
        onServerOf definitions: [DatabaseDefinition]
    ) throws(EngineFailure) -> String {
        let sections = GuardSections(
            try Self.withTrust(
                String(decoding: PackageResources.guard_postgresql_uninstall_sql, as: UTF8.self)))
        var values = try commonValues()
        values["schemas"] = try PostgreSQLQuoting.literal(Module.core.schema)
        values["broker_identifier"] = try PostgreSQLQuoting.identifier(definition.account.user)
        values["database"] = try Self.connectArgument(definition.database)
        var script = try GuardTemplate.fill(try sections.text("start"), values)
        values["schemas"] = try [Module.cleanup, .narrowing].map { module throws(EngineFailure) in
            try PostgreSQLQuoting.literal(module.schema)
        }.joined(separator: ", ")
        var known: [String] = []
        for database in ([definition] + definitions).flatMap(Self.cleanupDatabases)
        where !known.contains(database) {
            known.append(database)
            values["database"] = try Self.connectArgument(database)
            script += try GuardTemplate.fill(try sections.text("cleanup"), values)
        }
        values["database"] = try Self.connectArgument(definition.database)
        return script + (try GuardTemplate.fill(try sections.text("end"), values))
    }
}

extension PostgreSQLGuard.Module {
    /// The views that the script makes, without their schema.
    func views() -> [String] {
        template.matches(of: /(?m)^CREATE VIEW [a-z_]+\.(?<name>[a-z_]+) AS/).map { String($0.output.name) }
    }
}
