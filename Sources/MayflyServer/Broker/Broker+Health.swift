import Foundation
package import MayflyCore
import Synchronization

/// How the databases and the daemon itself are.
extension Broker {
    package func databases(by identity: Identity) async throws(Refusal) -> [DatabaseHealth] {
        let counts = try await stored { () async throws(StoreError) in try await store.counts() }
            .filter { !$0.state.isFinal }
        let seesFindings = isAuditor(identity)
        let mayAsk = Set(
            configuration.policy.offers(to: identity, now: timekeeper.now()).map(\.grant.profile.database))
        var all: [DatabaseHealth] = []
        let databases = databases
        for database in databases.values {
            let definition = database.definition
            guard seesFindings || mayAsk.contains(definition.name) else { continue }
            let found = await database.reconciler.found
            let ours = counts.filter { $0.database == definition.name }
            all.append(
                DatabaseHealth(
                    name: definition.name, engine: definition.engine, mode: definition.mode,
                    health: found?.health ?? Self.notLookedAt,
                    liveLeases: ours.sum(where: { _ in true }),
                    due: ours.sum(where: { $0.state == .revoking || $0.state == .locked }),
                    checkedAt: found?.at,
                    retired: definition.retired, safeMode: await database.reconciler.safeMode.isOn,
                    findings: seesFindings
                        ? await database.reconciler.findings(locked: ours.sum(where: { $0.state == .locked }))
                            + (definition.risk.map { [Finding(.warning, "mode", $0)] } ?? [])
                            + database.drift.findings
                        : []))
        }
        for name in Set(counts.map(\.database)) where seesFindings && databases[name] == nil {
            all.append(try await undefined(name, counts.filter { $0.database == name }))
        }
        return all.sorted { $0.name < $1.name }
    }

    private static let notLookedAt = EngineHealth(
        reachable: false, failure: EngineFailure(.unreachable, "not looked at yet"))

    /// A database with living leases of which nothing is known any more: nobody can end them but its own server.
    private func undefined(_ name: DatabaseName, _ counts: [LeaseCount]) async throws(Refusal)
        -> DatabaseHealth
    {
        let living = Set(Lease.State.allCases.filter { !$0.isFinal })
        let query = LeaseQuery(database: name, states: living, limit: 1)
        let lease = try await stored { () async throws(StoreError) in try await store.leases(query) }.first
        let count = counts.sum(where: { _ in true })
        return DatabaseHealth(
            name: name, engine: lease?.engine ?? .postgresql,
            health: EngineHealth(
                reachable: false, failure: EngineFailure(.invalid, "the configuration has no such database")),
            liveLeases: count, due: counts.sum(where: { $0.state == .revoking || $0.state == .locked }),
            checkedAt: nil, retired: true,
            findings: [
                Finding(
                    .error, "leases",
                    "\(count) live leases of a database that is not defined: the broker cannot end them. Put it"
                        + " back into the configuration")
            ])
    }

    package func health() async -> BrokerHealth {
        var health = BrokerHealth(
            status: .ok, version: version, installation: configuration.installation.name,
            startedAt: startedAt,
            lockdowns: lockdowns.count)
        let databases = databases
        for database in databases.values {
            let found = await database.reconciler.found?.health
            let findings = await database.reconciler.findings(locked: 0)
            if found?.reachable != true || found?.failure != nil
                || findings.contains(where: { $0.severity == .error })
            {
                health.status = .degraded
            }
        }
        health.auditObjection = trailCondition.objection
        health.auditTrouble = trailCondition.trouble
        if let last = trailCondition.last {
            (health.checkpointAt, health.checkpointSequence) = (last.at, last.sequence)
        }
        if health.auditObjection != nil || health.auditTrouble != nil { health.status = .degraded }
        let configuration = configuration
        health.signers = await tokens.health(
            of: configuration.issuers + configuration.authorities, now: timekeeper.now())
        if health.signers.contains(where: { $0.problem != nil }) { health.status = .degraded }
        do {
            let living = try await store.counts().filter { !$0.state.isFinal }
            if living.contains(where: { databases[$0.database] == nil }) { health.status = .degraded }
            if try await outbox.health().contains(where: { $0.failingSince != nil }) {
                health.status = .degraded
            }
            try await checkWritable()
        } catch {
            health.status = .failing
            health.stateError = error.description
        }
        return health
    }

    /// Anybody who reaches the socket may ask how we are: the disk is asked once a second for all of them.
    private func checkWritable() async throws(StoreError) {
        let now = timekeeper.now()
        let isDue = state.withLock { state in
            guard let last = state.lastWriteCheck, now < last.at.addingTimeInterval(1) else { return true }
            return false
        }
        if isDue {
            var failure: StoreError?
            do { try await store.checkWritable() } catch { failure = error }
            state.withLock { $0.lastWriteCheck = (now, failure) }
        }
        if let failure = state.withLock({ $0.lastWriteCheck?.failure }) { throw failure }
    }
}

extension [LeaseCount] {
    fileprivate func sum(where counted: (LeaseCount) -> Bool) -> Int {
        reduce(0) { $0 + (counted($1) ? $1.count : 0) }
    }
}
