package import MayflyCore

extension MariaDBGuard {
    /// The guard that a configuration asks for.
    ///
    /// - Parameter profiles: those that issue from this server; their groups are what is allowed.
    package init(
        definition: DatabaseDefinition, installation: Configuration.Installation, profiles: [Profile]
    ) {
        self.init(
            module: Module(definition.engine), definition: definition, installation: installation,
            groups: profiles.flatMap(\.memberOf), planned: Set(profiles.compactMap(\.group)),
            brokerHost: definition.accountHost, roleHost: definition.madeAccounts.host)
    }
}

extension MariaDBGuard.Module {
    /// - Parameter engine: one of the two.
    init(_ engine: EngineKind) {
        self = MariaDBGuard.Module(rawValue: engine.rawValue) ?? .mariadb
    }
}
