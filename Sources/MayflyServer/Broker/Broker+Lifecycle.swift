import Foundation
import Logging
package import MayflyCore
import ServiceLifecycle
import Synchronization

/// Start, reload and stop.
extension Broker: Service {
    /// Settles what a former life left and starts the databases. Called once, before the socket is bound.
    package func start() async throws {
        let now = timekeeper.now()
        let unsettled = try await store.recover(owner: owner, now: now)
        try await keepDueLockdowns()
        let configuration = configuration
        try await awaitHolders()
        try await put(configuration, isStart: true)
        let started = AuditEvent(
            at: now, actor: .broker, action: .daemonStarted,
            details: ["version": version, "unsettled_leases": String(unsettled)])
        try await recorded(isStart: true) { () async throws(StoreError) in try await store.record([started]) }
        state.withLock { state in
            state.tetherKeeper = Task { await keepTethers() }
            state.requestKeeper = Task { await keepRequests() }
            state.lockdownKeeper = Task { await keepLockdowns() }
            state.reviewKeeper = Task { await keepReviews() }
        }
        logger.info(
            "started", metadata: ["version": "\(version)", "unsettled_leases": "\(unsettled)"])
    }

    /// Puts another configuration in force. Databases and profiles with living leases that it lacks stay, as
    /// `retired`, until the first reload or start after those have ended.
    package func reload(_ configuration: Configuration) async throws {
        try await put(configuration, isStart: false)
        logger.info("configuration loaded")
    }

    /// A new configuration was refused; the one in force stays.
    package func refuseReload(_ reason: String) async {
        logger.error("configuration refused", metadata: ["reason": "\(reason)"])
        do {
            try await store.record([
                AuditEvent(
                    at: timekeeper.now(), actor: .broker, action: .configurationRefused, outcome: .failed,
                    details: ["errors": String(reason.prefix(2000))])
            ])
        } catch { logger.error("refusal not recorded", metadata: ["error": "\(error)"]) }
    }

    /// Waits for the graceful shutdown, then lets what is in hand end.
    package func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }

    package func stop() async {
        let (running, keepers) = state.withLock { state in
            state.isAccepting = false
            defer {
                state.running = [:]
                state.former = []
                state.tetherKeeper = nil
                state.requestKeeper = nil
                state.lockdownKeeper = nil
                state.reviewKeeper = nil
            }
            let keepers = [state.tetherKeeper, state.requestKeeper, state.lockdownKeeper, state.reviewKeeper]
                .compactMap { $0 }
            return (Array(state.running.values) + state.former, keepers)
        }
        for keeper in keepers { keeper.cancel() }
        await outbox.stop()
        await exporterFeeds.stop()
        for keeper in keepers { await keeper.value }
        for task in running { task.cancel() }
        for task in running { await task.value }
        do {
            try await store.record([AuditEvent(at: timekeeper.now(), actor: .broker, action: .daemonStopped)])
        } catch { logger.error("stop not recorded", metadata: ["error": "\(error)"]) }
        logger.info("stopped")
    }

    /// A start that cannot be recorded is no reason to let leases outlive their end: on a full disk the daemon
    /// starts, ends what is due from the reserve, and gives nothing out.
    private func recorded(
        isStart: Bool, _ write: () async throws(StoreError) -> Void
    ) async throws(StoreError) {
        do { try await write() } catch .unwritable(let why) where isStart {
            logger.error("start not recorded, nothing is given out", metadata: ["why": "\(why)"])
        }
    }

    private func put(_ new: Configuration, isStart: Bool) async throws {
        let sealingKey = try new.mfa.map(sealingKey)
        let retained = try await retain(new, isStart: isStart)
        let old = databases
        var databases: [DatabaseName: AdministeredDatabase] = [:]
        for definition in retained.databases.values {
            if let same = old[definition.name], same.definition == definition {
                databases[definition.name] = same
            } else {
                let engine = try makeEngine(definition, retained.installation)
                engine.consult(
                    StateRegister(store: store) { [weak self] name in self?.configuration.profiles[name] })
                databases[definition.name] = AdministeredDatabase(
                    definition: definition, engine: engine,
                    store: store, tethers: tethers, timekeeper: timekeeper, owner: owner,
                    taker: { [weak self, retained] profile in
                        (self?.configuration ?? retained).profiles[profile]?.ownedObjects.taker
                    }, logger: logger,
                    profiles: { [weak self, name = definition.name] in
                        self?.configuration.profiles(of: name) ?? []
                    })
            }
        }
        var loaded = AuditEvent(
            at: timekeeper.now(), actor: .broker, action: .configurationLoaded,
            details: [
                "databases": retained.databases.keys.sorted().map(\.rawValue).joined(separator: ","),
                "profiles": retained.profiles.keys.sorted().map(\.rawValue).joined(separator: ","),
                "rules": String(retained.access.count),
            ])
        loaded.details["digest"] = retained.digest
        if !isStart {
            loaded.details["changed"] = ConfigurationChange(from: configuration, to: retained).description
        }
        let before = try await profilesBefore(isStart: isStart)
        let memo = try RetainedDefinitions(retained).encoded()
        try await recorded(isStart: isStart) { () async throws(StoreError) in
            try await recordScopeChanges(retained, before: before)
            try await store.setMemo(RetainedDefinitions.memoKey, to: memo)
            try await store.record([loaded])
            try await outbox.prepare(retained.notifications)
            try await exporterFeeds.prepare(retained.audit.exporters)
        }
        let ended = state.withLock { state in
            let changed = state.running.filter { name, _ in
                state.databases[name]?.definition != databases[name]?.definition
            }
            state.configuration = retained
            state.sealingKey = sealingKey
            state.databases = databases
            for name in changed.keys { state.running[name] = nil }
            state.former += changed.values
            for (name, database) in databases where state.running[name] == nil {
                state.running[name] = Task { await database.run() }
            }
            return changed
        }
        for task in ended.values { task.cancel() }
        outbox.put(retained.notifications) { [weak self, retained] in self?.configuration ?? retained }
        exporterFeeds.put(retained.audit.exporters)
        await tokens.keep(only: retained.issuers + retained.authorities)
        await checkEnrolments()
        for database in databases.values { database.drift.wake() }
        try await recorded(isStart: isStart) { () async throws(StoreError) in
            try await stopDenied(retained)
            try await endWithRules(retained)
            try await carryOutScopeChanges()
        }
    }

    /// The profiles that were in force last; at a start, those of the former life.
    private func profilesBefore(isStart: Bool) async throws -> [Profile] {
        guard isStart else { return RetainedDefinitions(configuration).profiles }
        return try await store.memo(RetainedDefinitions.memoKey).map {
            RetainedDefinitions(decoding: $0).profiles
        }
            ?? []
    }

    /// The configuration with what living leases still need of the one before.
    private func retain(_ new: Configuration, isStart: Bool) async throws -> Configuration {
        var inForce: [DatabaseDefinition] = []
        var before = RetainedDefinitions(configuration)
        if let memo = try await store.memo(RetainedDefinitions.memoKey) {
            let kept = RetainedDefinitions(decoding: memo)
            if kept.unreadable > 0 { try await putAside(memo, unreadable: kept.unreadable) }
            before.add(kept)
            inForce = kept.databases
        }
        let living = try await store.counts().filter { !$0.state.isFinal }
        var completed = before.completing(new, living: living)
        for old in inForce where living.contains(where: { $0.database == old.name }) {
            guard let new = completed.databases[old.name], new.mode != old.mode else { continue }
            let change = ModeChange(database: old.name, mode: old.mode)
            // A start goes on as before: all that is due is to end.
            guard isStart else { throw change }
            logger.error("mode not changed", metadata: ["why": "\(change)"])
            completed.databases[old.name]?.mode = old.mode
        }
        for name in Set(living.map(\.database)) where completed.databases[name] == nil {
            logger.error("leases of a database that is not defined", metadata: ["database": "\(name)"])
        }
        return completed
    }

    /// The memo of a newer version, or a damaged one: it stays in the state, and the daemon starts without it. What
    /// living leases miss for it, `databases(by:)` shows.
    private func putAside(_ memo: String, unreadable: Int) async throws {
        logger.error("retained definitions unreadable", metadata: ["count": "\(unreadable)"])
        try await store.setMemo(RetainedDefinitions.unreadableMemoKey, to: memo)
        try await store.record([
            AuditEvent(
                at: timekeeper.now(), actor: .broker, action: .configurationRefused, outcome: .failed,
                details: ["errors": "\(unreadable) retained definitions of the state cannot be read"])
        ])
    }
}
