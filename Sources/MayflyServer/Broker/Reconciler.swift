package import Foundation
package import Logging
package import MayflyCore

/// Holds the state against the guard's register and the server's catalogue, at start, when a server is back, and
/// every minute.
///
/// - A role that no living lease knows is ended (the state was restored from a backup, a fail-over brought it
///   back, a probe was killed).
/// - A lease whose role is gone (a fail-over lost it, a DBA dropped it) is ended.
/// - A role past its end by the server's clock is ended, whatever ours says.
/// - A name like ours that the register does not know is reported and never touched.
package actor Reconciler {
    private let database: DatabaseName
    private let engine: any DatabaseEngine
    private let store: any Store
    private let ender: Ender
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let interval: Duration

    /// What was found when the server was last asked, and when that was.
    package private(set) var found: (health: EngineHealth, at: Date)?
    package private(set) var strays: [String] = []
    private var reported: Set<String> = []

    package init(
        database: DatabaseName, engine: any DatabaseEngine, store: any Store, ender: Ender,
        timekeeper: Timekeeper,
        interval: Duration = .seconds(60), logger: Logger
    ) {
        self.database = database
        self.engine = engine
        self.store = store
        self.ender = ender
        self.timekeeper = timekeeper
        self.interval = interval
        self.logger = logger
    }

    /// Looks at the server every few seconds, sweeps when it is back and every `interval`, until cancelled.
    package func run() async {
        var lastSweep: Duration?
        var elapsed: Duration = .zero
        let look = min(interval, .seconds(5))
        while !Task.isCancelled {
            let wasReachable = found?.health.reachable ?? false
            let health = await engine.health()
            found = (health, timekeeper.now())
            if !health.reachable, wasReachable || lastSweep == nil {
                logger.error(
                    "database unreachable", metadata: ["failure": "\(health.failure?.description ?? "")"])
            }
            let due = lastSweep.map { elapsed - $0 >= interval } ?? true
            if health.reachable, !wasReachable || due {
                if !wasReachable { await ender.wake() }
                await sweep()
                lastSweep = elapsed
            }
            do { try await timekeeper.sleep(for: look) } catch { return }
            elapsed += look
        }
    }

    /// What somebody should look at.
    package func findings(locked: Int) -> [Finding] {
        var findings = strays.map {
            Finding(
                .warning, "roles",
                "the role \($0.quoted()) is named like ours, but the register does not know it",
                statement:
                    "SELECT * FROM pg_catalog.pg_roles WHERE rolname = '\($0.replacing("'", with: "''"))';")
        }
        if locked > 0 {
            findings.append(
                Finding(.warning, "leases", "\(locked) locked: login is off, but the server refuses the drop")
            )
        }
        if let skew = found?.health.clockSkew, abs(skew) > 2 {
            findings.append(Finding(.warning, "clock", "the server's clock is \(Int(skew)) s from ours"))
        }
        return findings
    }

    /// One comparison. Reads the state before and after the server: only what both say is acted on.
    package func sweep() async {
        do {
            let before = try await store.liveLeases(database)
            let roles = try await engine.roles()
            let after = try await store.liveLeases(database)
            try await endUnknown(roles.filter { $0.lease.map { after[$0] == nil } ?? false })
            try await endOverdueOrMissing(roles, before: before, after: after)
            try await reportStrays(roles)
        } catch let failure as EngineFailure {
            logger.warning("sweep not done", metadata: ["failure": "\(failure)"])
        } catch {
            logger.error("sweep not recorded", metadata: ["error": "\(error)"])
        }
    }

    /// - Parameter candidates: roles whose lease is not a living one of this database.
    private func endUnknown(_ candidates: [RoleStanding]) async throws {
        let ids = candidates.compactMap(\.lease)
        guard !ids.isEmpty else { return }
        // Databases on one server share its register: the lease may live under another name.
        let known = try await store.leases(LeaseQuery(ids: ids, limit: ids.count))
        let living = Set(known.filter { !$0.state.isFinal }.map(\.id))
        let unknown = candidates.compactMap { standing -> RoleReference? in
            guard standing.standing != .stray, let lease = standing.lease, !living.contains(lease),
                let role = RoleName(rawValue: standing.role)
            else { return nil }
            return RoleReference(lease: lease, role: role)
        }
        guard !unknown.isEmpty else { return }
        let outcomes = await engine.revoke(unknown)
        let now = timekeeper.now()
        let events = zip(unknown, outcomes).compactMap { reference, outcome -> AuditEvent? in
            var event = AuditEvent(
                at: now, actor: .broker, action: .roleUnknown,
                subject: .init(lease: reference.lease, database: database, role: reference.role))
            switch outcome {
            case .gone(let sessions):
                event.details["sessions_ended"] = String(sessions)
            case .locked(let obstacle):
                guard reported.insert("locked:\(reference.role)").inserted else { return nil }
                event.outcome = .failed
                event.details["obstacle"] = obstacle.message
            case .failed(let failure):
                guard reported.insert("failed:\(reference.role)").inserted else { return nil }
                event.outcome = .failed
                event.details["failure"] = failure.description
            }
            logger.warning(
                "role without a lease", metadata: ["role": "\(reference.role)", "outcome": "\(outcome)"])
            return event
        }
        try await store.record(events)
    }

    private func endOverdueOrMissing(
        _ roles: [RoleStanding], before: [LeaseID: Lease.State], after: [LeaseID: Lease.State]
    ) async throws {
        let byLease = Dictionary(
            roles.compactMap { role in role.lease.map { ($0, role) } },
            uniquingKeysWith: { first, _ in first })
        let now = timekeeper.now()
        var steps: [LeaseStep] = []
        for (id, state) in after where state == .active && before[id] == .active {
            let standing = byLease[id]
            let reason: Lease.EndReason
            if let standing, standing.standing == .live {
                if standing.isAltered { try await reportAltered(id, standing, now) }
                guard standing.isOverdue else { continue }
                reason = .expired
            } else {
                reason = .roleMissing
            }
            var event = AuditEvent(
                at: now, actor: .broker, action: .leaseRevoking, subject: .init(lease: id, database: database)
            )
            event.details["end_reason"] = reason.rawValue
            steps.append(LeaseStep(id, .ending(reason, attemptAt: now), audit: event))
        }
        guard !steps.isEmpty else { return }
        logger.warning("leases ended by the sweep", metadata: ["count": "\(steps.count)"])
        _ = try await store.apply(steps, now: now)
        await ender.wake()
    }

    private func reportAltered(_ id: LeaseID, _ standing: RoleStanding, _ now: Date) async throws {
        guard reported.insert("altered:\(standing.role)").inserted else { return }
        try await store.record([
            AuditEvent(
                at: now, actor: .broker, action: .roleAltered,
                subject: .init(lease: id, database: database, role: RoleName(rawValue: standing.role)),
                details: ["found": "password or settings are not those that were issued"])
        ])
    }

    private func reportStrays(_ roles: [RoleStanding]) async throws {
        strays = roles.filter { $0.standing == .stray }.map(\.role).sorted()
        let news = strays.filter { reported.insert("stray:\($0)").inserted }
        guard !news.isEmpty else { return }
        let now = timekeeper.now()
        for role in news { logger.warning("stray role", metadata: ["role": "\(role.quoted())"]) }
        try await store.record(
            news.map {
                AuditEvent(
                    at: now, actor: .broker, action: .roleStray, subject: .init(database: database),
                    details: ["name": $0.quoted()])
            })
    }
}
