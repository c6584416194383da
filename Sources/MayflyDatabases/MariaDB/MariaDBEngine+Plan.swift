package import MayflyCore
import SQLClients

extension MariaDBEngine {
    /// As the broker's account, which cannot read the catalogue: what the guard tells of the groups (in `mode: direct`, what
    /// the tables of grants say) is held against what the scopes name. What only a catalogue can tell is a note.
    package func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan {
        let kept = profiles.filter { $0.scope != nil }
        guard !kept.isEmpty else { return ScopePlan(database: definition.name, profiles: []) }
        var holdings = MariaDBHoldings(knowledge: .told)
        let reader = MariaDBCatalogueReader(isMySQL: isMySQL, isDirect: true) {
            [self] (statement, values) throws(EngineFailure) in try await ask(statement, values)
        }
        holdings.schemaPattern = try await reader.schemaPattern()
        switch definition.mode {
        case .guard: try await readTold(Set(kept.compactMap(\.group)).sorted(), into: &holdings)
        case .direct: try await reader.readRoles(kept, tag: installation.tag, into: &holdings)
        }
        return try MariaDBPlanner(definition: definition, installation: installation, holdings: holdings)
            .plan(kept)
    }

    private func readTold(
        _ groups: [String], into holdings: inout MariaDBHoldings
    ) async throws(EngineFailure) {
        let description = try await describe()
        holdings.hasGuardAccount = true
        holdings.hasMarks = true
        holdings.allowed = description.groups
        let allowed = Set(description.groups.map(ExactText.init))
        let notGrantable = Set((description.groups_not_grantable ?? []).map(ExactText.init))
        holdings.untold = Set(groups.map(ExactText.init)).subtracting(allowed)
        let told = groups.filter { allowed.contains(ExactText($0)) }
        let rows: [MariaDBHeld]
        do throws(EngineFailure) { rows = try await held(told) } catch {
            throw Self.explained(error, "tell what groups hold")
        }
        for row in rows where row.source == .group {
            let name = ExactText(row.group)
            switch row.what {
            case .role:
                holdings.roles[name, default: .init()].isGrantable = !notGrantable.contains(name)
            case .mark(let mark): holdings.roles[name, default: .init()].mark = mark
            case .account: holdings.roles[name, default: .init()].isAccount = true
            case .membership(let other): holdings.roles[name, default: .init()].memberships.append(other)
            case .rights(let grants):
                holdings.roles[name, default: .init()].grants.formUnion(grants)
                if row.isGone { holdings.roles[name, default: .init()].gone.formUnion(grants) }
            }
        }
    }

    /// Without a server: what the configuration alone says.
    package static func planOffline(
        _ profiles: [Profile], of definition: DatabaseDefinition, installation: Configuration.Installation
    ) throws(EngineFailure) -> ScopePlan {
        try MariaDBPlanner(
            definition: definition, installation: installation, holdings: MariaDBHoldings(knowledge: .nothing)
        ).plan(
            profiles)
    }
}
