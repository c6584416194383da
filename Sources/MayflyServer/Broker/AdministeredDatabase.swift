package import Foundation
package import Logging
package import MayflyCore

/// Everything that runs for one configured database: its engine, and what issues, ends and reconciles there.
package struct AdministeredDatabase: Sendable {
    package let definition: DatabaseDefinition
    package let engine: any DatabaseEngine
    package let issuer: Issuer
    package let ender: Ender
    package let reconciler: Reconciler
    package let drift: DriftWatch
    let secrets: SecretStock
    let privileges: PrivilegeReader
    package let sessions: SessionWatch
    /// Nil where the server's log is not to be read.
    package let serverLog: ServerLogWatch?

    package init(
        definition: DatabaseDefinition, engine: any DatabaseEngine, store: any Store, tethers: Tethers,
        timekeeper: Timekeeper,
        owner: String, taker: @escaping @Sendable (ProfileName) -> String? = { _ in nil }, logger: Logger,
        profiles: @escaping @Sendable () -> [Profile]
    ) {
        var logger = logger
        logger[metadataKey: "database"] = "\(definition.name)"
        self.definition = definition
        self.engine = engine
        secrets = SecretStock(engine: engine)
        issuer = Issuer(
            engine: engine, store: store, timekeeper: timekeeper, callsAtOnce: Self.callsAtOnce(definition),
            logger: logger)
        sessions = SessionWatch(
            database: definition.name, engine: engine, store: store, timekeeper: timekeeper, logger: logger,
            kind: definition.engine, profiles: profiles)
        serverLog = definition.serverLog.map {
            ServerLogWatch(
                database: definition.name, source: $0, store: store, timekeeper: timekeeper, logger: logger,
                profiles: profiles)
        }
        ender = Ender(
            database: definition.name, engine: engine, store: store, issuer: issuer, tethers: tethers,
            timekeeper: timekeeper, owner: owner, claimTime: definition.longestWork, taker: taker,
            logger: logger, ended: { [sessions] in sessions.noteEnded($0) })
        privileges = PrivilegeReader(
            database: definition.name, engine: engine, store: store, timekeeper: timekeeper, logger: logger)
        reconciler = Reconciler(
            definition: definition, engine: engine, store: store, ender: ender, privileges: privileges,
            timekeeper: timekeeper, logger: logger)
        drift = DriftWatch(
            database: definition.name, engine: engine, store: store,
            interval: .seconds(definition.driftSeconds), timekeeper: timekeeper, logger: logger,
            profiles: profiles)
    }

    private static func callsAtOnce(_ definition: DatabaseDefinition) -> Int {
        switch definition.engine {
        // One connection is always left for ending leases.
        case .postgresql: definition.connections - 1
        // These make one account after the other anyway: what waits is better one large batch.
        case .mariadb, .mysql: 1
        }
    }

    /// Until cancelled; then finishes what is in hand and closes the connections.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await ender.run() }
            group.addTask { await reconciler.run() }
            group.addTask { await secrets.run() }
            group.addTask { await drift.run() }
            group.addTask { await privileges.run() }
            group.addTask { await sessions.run() }
            if let serverLog { group.addTask { await serverLog.run() } }
        }
        await issuer.drain()
        await engine.close()
    }

    /// How long after its intent a lease that nobody carried on is settled.
    package var settleAfter: TimeInterval { definition.longestWork }
}

extension DatabaseDefinition {
    /// Longer than all that is done to one batch, each call with its own deadline, in seconds.
    fileprivate var longestWork: TimeInterval { TimeInterval(timeoutSeconds * 10 + 60) }
}
