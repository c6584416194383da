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
        return try await found(LeaseQuery(roles: roles, limit: roles.count))
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
