import MayflyCore
import MayflyDatabases

/// Makes the engine of a configured database.
enum EngineFactory {
    /// As `engine`, for what `rotate-account` asks.
    static func account(
        of definition: DatabaseDefinition, installation: Configuration.Installation
    ) -> any RotatableAccount {
        switch definition.engine {
        case .postgresql: PostgreSQLEngine(definition: definition, installation: installation) { nil }
        case .mariadb, .mysql: MariaDBEngine(definition: definition, installation: installation) { nil }
        }
    }

    static func engine(
        for definition: DatabaseDefinition, installation: Configuration.Installation
    ) -> any DatabaseEngine {
        let reader = PasswordReader(source: definition.account.password, environment: .current)
        switch definition.engine {
        case .postgresql:
            return PostgreSQLEngine(
                definition: definition, installation: installation,
                nextPassword: { () throws(EngineFailure) in try reader.nextPassword() },
                password: { () throws(EngineFailure) in try reader.password() })
        case .mariadb, .mysql:
            return MariaDBEngine(
                definition: definition, installation: installation,
                nextPassword: { () throws(EngineFailure) in try reader.nextPassword() },
                password: { () throws(EngineFailure) in try reader.password() })
        }
    }
}
