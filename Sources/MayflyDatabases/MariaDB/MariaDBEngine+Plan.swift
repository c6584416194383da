package import MayflyCore

extension MariaDBEngine {
    package func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan {
        guard profiles.allSatisfy({ $0.scope == nil }) else {
            throw EngineFailure(
                .invalid, "plans are not made for \(definition.engine.rawValue) yet",
                hint: "member_of: group roles that a DBA keeps by hand")
        }
        return ScopePlan(database: definition.name, profiles: [])
    }
}
