import MayflyCore

/// What the state has on record of roles, for engines whose server keeps no register.
struct StateRegister: RoleRegister {
    let store: any Store
    /// The profile of that name, in force or retained.
    let profile: @Sendable (ProfileName) -> Profile?

    func registered(_ leases: [LeaseID]) async throws(EngineFailure) -> [RegisteredRole] {
        guard !leases.isEmpty else { return [] }
        return try await found(LeaseQuery(ids: leases, limit: leases.count))
    }

    func registered(_ roles: [RoleName]) async throws(EngineFailure) -> [RegisteredRole] {
        guard !roles.isEmpty else { return [] }
        let wanted = Set(roles)
        let states = Set(Lease.State.allCases.filter { !$0.isFinal })
        // A few are asked for by name; of many, one query for those that live, which are nearly all.
        let living =
            wanted.count <= 20
            ? []
            : try await found(LeaseQuery(states: states, limit: 1_000_000))
                .filter { wanted.contains($0.reference.role) }
        var result = living
        for role in wanted.subtracting(living.map(\.reference.role)) {
            result += try await found(LeaseQuery(role: role, limit: 1))
        }
        return result
    }

    private func found(_ query: LeaseQuery) async throws(EngineFailure) -> [RegisteredRole] {
        do throws(StoreError) {
            return try await store.leases(query).map { lease in
                RegisteredRole(
                    reference: RoleReference(lease), oid: lease.roleOID, requester: lease.requester.shown,
                    groups: lease.groups, validUntil: lease.validUntil,
                    revocationStatements: profile(lease.profile)?.revocationStatements ?? [])
            }
        } catch {
            throw EngineFailure(.serverError, "the state cannot be asked whose roles these are")
        }
    }
}
