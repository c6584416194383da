package import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// As the broker's account, which may read the catalogue of each database that it may connect to.
    package func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan {
        let kept = profiles.filter { $0.scope != nil }
        guard !kept.isEmpty else { return ScopePlan(database: definition.name, profiles: []) }
        let reader = PostgreSQLCatalogueReader { [self] (database, statement, values) throws(EngineFailure) in
            guard let pool = cleanupPools[database] else {
                throw EngineFailure(.invalid, "\(database.quoted()) is not listed under `also`")
            }
            return try await ask(pool, statement, values)
        }
        var holdings = try await reader.read(kept, of: definition, tag: installation.tag)
        switch definition.mode {
        case .guard:
            let answer = try await ask(guardPool, Self.allowedGroups).onlyText()
            holdings.allowed = try PostgreSQLCatalogueReader.decode([String].self, answer)
        case .direct: break
        }
        return try PostgreSQLPlanner(definition: definition, installation: installation, holdings: holdings)
            .plan(kept)
    }

    /// Without a server: what the configuration alone says.
    package static func planOffline(
        _ profiles: [Profile], of definition: DatabaseDefinition, installation: Configuration.Installation
    ) throws(EngineFailure) -> ScopePlan {
        try OfflinePlan(definition: definition, installation: installation).plan(profiles)
    }

    static let allowedGroups = "SELECT (mayfly.describe() -> 'groups')::text AS groups"
}
