import Foundation
import Logging
package import MayflyCore
import MayflyCrypto

/// What leases really give, as it was read back, and would give.
extension Broker {
    /// - Returns: the readings of its groups over its life; why there are none, where there are none.
    package func privileges(of lease: Lease) async throws(Refusal) -> ([PrivilegeReading], unknown: String?) {
        guard lease.narrowing == nil || lease.narrowedGroup != nil else {
            return ([], "its role was not made")
        }
        let end = lease.endedAt ?? timekeeper.now()
        // The profile of now says in whose name its sessions create: with all that this owner has.
        let owner = configuration.profiles[lease.profile]?.create?.owner
        let groups = owner.map { lease.effectiveGroups + [$0] } ?? lease.effectiveGroups
        if owner != nil, lease.state == .active, let database = databases[lease.database] {
            // Groups alone are read at an interval: an owner's powers when somebody asks.
            do { _ = try await database.privileges.read(groups) } catch { _ = unknown(error, lease.database) }
        }
        let readings = try await stored { () async throws(StoreError) in
            try await store.privilegeReadings(
                lease.database, groups: groups, from: lease.createdAt, to: end)
        }
        guard readings.isEmpty else { return (readings, nil) }
        guard lease.state == .active, let database = databases[lease.database] else {
            return ([], "they were not read while it lived")
        }
        // Made a moment ago: not read yet.
        do { return ([try await database.privileges.read(groups)], nil) } catch {
            return ([], unknown(error, lease.database))
        }
    }

    private func unknown(_ error: any Error, _ database: DatabaseName) -> String {
        logger.warning("privileges not read", metadata: ["database": "\(database)", "failure": "\(error)"])
        return (error as? EngineFailure)?.publicMessage ?? "the broker cannot write its record"
    }

    /// What a request would have the server do, where the policy would give it.
    /// - Returns: nil where it would not: what is in a database is nobody's business who may not ask for it.
    package func preview(
        _ explanation: Explanation, of identity: Identity
    ) async throws(Refusal) -> Result<RolePreview, EngineFailure>? {
        let grant: Grant
        switch explanation.decision {
        case .allow(let given), .approval(let given, _): grant = given
        case .deny: return nil
        }
        let (configuration, databases) = try accepting()
        let database = try checkConfigured(grant, databases)
        try checkNarrows(explanation.request.narrowing, of: explanation.request.profile, database)
        let order = RoleOrder(
            lease: LeaseID(),
            role: RoleName(
                tag: configuration.installation.tag, requester: identity.user,
                random: Array(repeating: 0, count: RoleName.randomLength)),
            verifier: Verifier(""), groups: grant.profile.memberOf, narrowing: explanation.request.narrowing,
            ttl: grant.ttl, connectionLimit: grant.profile.connectionLimit, settings: grant.profile.settings,
            requester: String(identity.shown.prefix(200)), reason: nil,
            owner: grant.profile.create?.owner)
        do { return .success(try await database.engine.preview(order)) } catch {
            logger.info(
                "not previewed", metadata: ["database": "\(grant.profile.database)", "failure": "\(error)"])
            return .failure(error)
        }
    }
}
