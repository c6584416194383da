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
        values["connect"] = module == .core ? "\\connect \(module.schema)" : ""
        values["views"] = try module.views().map { name throws(EngineFailure) in
            try PostgreSQLQuoting.literal(name)
        }.joined(separator: ", ")
        let frame = String(decoding: PackageResources.guard_postgresql_upgrade_sql, as: UTF8.self)
        return try GuardTemplate.fill(try GuardSections(module.template).compose(frame), values)
    }

    /// What takes all of the guard away, once none of its roles lives.
    ///
    /// - Parameter definitions: all databases of the configuration that are on this server, through this account.
    package func uninstallScript(
        onServerOf definitions: [DatabaseDefinition]
    ) throws(EngineFailure) -> String {
        let sections = GuardSections(
            String(decoding: PackageResources.guard_postgresql_uninstall_sql, as: UTF8.self))
        var values = try commonValues()
        values["broker_identifier"] = try PostgreSQLQuoting.identifier(definition.account.user)
        values["database"] = try Self.connectArgument(definition.database)
        var script = try GuardTemplate.fill(try sections.text("start"), values)
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
