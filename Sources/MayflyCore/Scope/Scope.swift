/// The privileges of a profile, which its group role holds, as the configuration says them.
///
///     let scope = Scope([ScopeGrant(.level(.read, schema: "sales"), [])])
///     let wanted = scope.resolved(in: [catalogue], for: definition)      // object by object
package struct Scope: Hashable, Sendable, Codable {
    package var grants: [ScopeGrant]

    package init(_ grants: [ScopeGrant]) { self.grants = grants }

    /// With levels written out.
    package func expanded(for engine: EngineKind) -> [ScopeGrant] {
        grants.flatMap { $0.expanded(for: engine) }
    }

    /// The databases of the server whose catalogues are needed to resolve it, the one of login roles first.
    package func databases(of definition: DatabaseDefinition) -> [String] {
        let others = Set(grants.compactMap(\.database)).subtracting([definition.database])
        return [definition.database] + others.sorted()
    }
}
