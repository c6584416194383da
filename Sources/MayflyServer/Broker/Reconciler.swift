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
    /// Roles that are not, or not as, the register has them. With a lease: it was one of ours, and was renamed or
    /// given another comment.
    package private(set) var strays: [RoleStanding] = []
    /// What is on record already, and what the sweep in hand has met.
    private var reported: Set<String> = []
    private var noticed: Set<String> = []

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
        var findings = strays.map { stray in
            Finding(
                .warning, "roles",
                stray.lease.map {
                    "the role \(stray.role.quoted()) of lease \($0) is not as the register has it: renamed, made"
                        + " anew, or with another comment"
                } ?? "the role \(stray.role.quoted()) is named like ours, but the register does not know it",
                statement:
                    "SELECT * FROM pg_catalog.pg_roles WHERE rolname = '\(stray.role.doubling("'"))';"
            )
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
            noticed = []
            try await endUnknown(roles.filter { $0.lease.map { after[$0] == nil } ?? false })
            try await endOverdueOrMissing(roles, before: before, after: after)
            try await reportStrays(roles)
            // What is over is news again when it comes back.
            reported.formIntersection(noticed)
        } catch let failure as EngineFailure {
            logger.warning("sweep not done", metadata: ["failure": "\(failure)"])
        } catch {
            logger.error("sweep not recorded", metadata: ["error": "\(error)"])
        }
    }

    /// Puts on record what was not there at the sweep before. It counts as reported only once it is on record.
    private func record(news: [(key: String, event: AuditEvent)]) async throws {
        noticed.formUnion(news.map(\.key))
        let fresh = news.filter { !reported.contains($0.key) }
        guard !fresh.isEmpty else { return }
        try await store.record(fresh.map(\.event))
        reported.formUnion(fresh.map(\.key))
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
        let outcomes = await engine.revoke(unknown, .full)
        let now = timekeeper.now()
        try await record(
            news: zip(unknown, outcomes).map { reference, outcome in
                var event = AuditEvent(
                    at: now, actor: .broker, action: .roleUnknown,
                    subject: .init(lease: reference.lease, database: database, role: reference.role))
                let key: String
                switch outcome {
                case .gone(let sessions):
                    key = "gone:\(reference.lease)"
                    event.details["sessions_ended"] = String(sessions)
                case .locked(let obstacle):
                    key = "locked:\(reference.role)"
                    event.outcome = .failed
                    event.details["obstacle"] = obstacle.message
                case .failed(let failure):
                    key = "failed:\(reference.role)"
                    event.outcome = .failed
                    event.details["failure"] = failure.description
                }
                logger.warning(
                    "role without a lease", metadata: ["role": "\(reference.role)", "outcome": "\(outcome)"])
                return (key, event)
            })
    }

    private func endOverdueOrMissing(
        _ roles: [RoleStanding], before: [LeaseID: Lease.State], after: [LeaseID: Lease.State]
    ) async throws {
        let byLease = Dictionary(
            roles.compactMap { role in role.lease.map { ($0, role) } },
            uniquingKeysWith: { first, _ in first })
        let now = timekeeper.now()
        var steps: [LeaseStep] = []
        var altered: [(key: String, event: AuditEvent)] = []
        for (id, state) in after where state == .active && before[id] == .active {
            let reason: Lease.EndReason
            switch byLease[id]?.standing {
            case .live:
                if let standing = byLease[id], standing.isAltered { altered.append(news(id, standing, now)) }
                guard byLease[id]?.isOverdue == true else { continue }
                reason = .expired
            // Renamed, or with another comment: the role may well be there. `reportStrays` says so, and a person
            // decides; the lease ends by the clock.
            case .stray: continue
            case .missing, nil: reason = .roleMissing
            }
            var event = AuditEvent(
                at: now, actor: .broker, action: .leaseRevoking, subject: .init(lease: id, database: database)
            )
            event.details["end_reason"] = reason.rawValue
            steps.append(LeaseStep(id, .ending(reason, attemptAt: now), audit: event))
        }
        try await record(news: altered)
        guard !steps.isEmpty else { return }
        logger.warning("leases ended by the sweep", metadata: ["count": "\(steps.count)"])
        _ = try await store.apply(steps, now: now)
        await ender.wake()
    }

    private func news(_ id: LeaseID, _ standing: RoleStanding, _ now: Date) -> (
        key: String, event: AuditEvent
    ) {
        (
            "altered:\(standing.role)",
            AuditEvent(
                at: now, actor: .broker, action: .roleAltered,
                subject: .init(lease: id, database: database, role: RoleName(rawValue: standing.role)),
                details: ["found": "password or settings are not those that were issued"])
        )
    }

    private func reportStrays(_ roles: [RoleStanding]) async throws {
        strays = roles.filter { $0.standing == .stray }.sorted { $0.role < $1.role }
        let now = timekeeper.now()
        for stray in strays where !reported.contains(Self.key(ofStray: stray)) {
            logger.warning("stray role", metadata: ["role": "\(stray.role.quoted())"])
        }
        try await record(
            news: strays.map { stray in
                let event = AuditEvent(
                    at: now, actor: .broker, action: .roleStray,
                    subject: .init(lease: stray.lease, database: database),
                    details: ["name": stray.role.quoted()])
                return (Self.key(ofStray: stray), event)
            })
    }

    private static func key(ofStray stray: RoleStanding) -> String { "stray:\(stray.role)" }
}
