import MayflyCore
import MayflyDatabases

/// Makes the engine of a configured database.
enum EngineFactory {
    static func engine(
        for definition: DatabaseDefinition, installation: Configuration.Installation
    ) -> any DatabaseEngine {
        let reader = PasswordReader(source: definition.account.password, environment: .current)
        switch definition.engine {
        case .postgresql:
            return PostgreSQLEngine(definition: definition, installation: installation) {
                () throws(EngineFailure) in
                try reader.password()
            }
        case .mariadb, .mysql:
            return MariaDBEngine(definition: definition, installation: installation) {
                () throws(EngineFailure) in
                try reader.password()
            }
        }
    }
}
