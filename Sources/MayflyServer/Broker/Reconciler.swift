package import Foundation
package import Logging
package import MayflyCore

/// Holds the state against the guard's register and the server's catalogue, at start, when a server is back, and
/// every minute.
///
/// - A role whose lease is over is ended (a fail-over brought it back).
/// - A role that the state does not know (an orphan) is ended or reported, as configured and as `SafeMode` says.
/// - A lease whose role is gone (a fail-over lost it, a DBA dropped it) is ended.
/// - A role past its end by the server's clock is ended, whatever ours says.
/// - A role that was altered behind our back is reported; its lease is ended where that gave it a power that no lease
///   may have, or where the configuration says so.
/// - A name like ours that the register does not know is reported and never touched.
package actor Reconciler {
    let definition: DatabaseDefinition
    let engine: any DatabaseEngine
    let store: any Store
    let ender: Ender
    private let privileges: PrivilegeReader?
    let timekeeper: Timekeeper
    let logger: Logger
    private let interval: Duration

    var database: DatabaseName { definition.name }

    /// What was found when the server was last asked, and when that was.
    package private(set) var found: (health: EngineHealth, at: Date)?
    /// Roles that are not, or not as, the register has them. With a lease: it was one of ours, and was renamed or
    /// given another comment.
    package private(set) var strays: [RoleStanding] = []
    /// Roles that the register has and the state does not, but for those that are ended in any case; and those that could
    /// not be ended.
    package internal(set) var orphans: [RoleStanding] = []
    /// Roles of living leases that are not as they were issued.
    package private(set) var altered: [RoleStanding] = []
    package internal(set) var safeMode = SafeMode.undecided
    /// Nil until it was read.
    var kept: KeptRoles?
    /// What is on record already, and what the sweep in hand has met.
    private var reported: Set<String> = []
    private var noticed: Set<String> = []
    /// What was done and could not be put on record yet.
    private var owed: [AuditEvent] = []
    /// Names of roles without a lease that were met since the start: of these a person may have read somewhere.
    var met: Set<String> = []

    package init(
        definition: DatabaseDefinition, engine: any DatabaseEngine, store: any Store, ender: Ender,
        privileges: PrivilegeReader? = nil, timekeeper: Timekeeper,
        interval: Duration = .seconds(60), logger: Logger
    ) {
        self.definition = definition
        self.engine = engine
        self.store = store
        self.ender = ender
        self.privileges = privileges
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
                privileges?.wake()
                lastSweep = elapsed
            }
            do { try await timekeeper.sleep(for: look) } catch { return }
            elapsed += look
        }
    }

    /// One comparison. Reads the state before and after the server: only what both say is acted on.
    ///
    /// A stage that fails, as when the state cannot be written, costs the others nothing, and each ends access before it
    /// writes.
    package func sweep() async {
        var found: (before: [LeaseID: Lease.State], roles: [RoleStanding], after: [LeaseID: Lease.State])?
        await stage {
            let before = try await store.liveLeases(database)
            let roles = try await engine.roles()
            found = (before, roles, try await store.liveLeases(database))
        }
        guard let (before, roles, after) = found else { return }
        noticed = []
        var isWhole = await stage { try await settleUnknown(roles, living: after) }
        isWhole =
            await stage { try await endOverdueOrMissing(roles, before: before, after: after) } && isWhole
        isWhole = await stage { try await reportStrays(roles) } && isWhole
        isWhole = await stage { try await recordOwed() } && isWhole
        await stage {
            for line in try await engine.tend() {
                logger.info("narrowed group tended", metadata: ["what": "\(line)"])
            }
        }
        // What is over is news again when it comes back.
        if isWhole { reported.formIntersection(noticed) }
    }

    /// - Returns: whether it was done.
    @discardableResult
    private func stage(_ work: () async throws -> Void) async -> Bool {
        do {
            try await work()
            return true
        } catch let failure as EngineFailure {
            logger.warning("sweep not done", metadata: ["failure": "\(failure)"])
        } catch {
            logger.error("sweep not recorded", metadata: ["error": "\(error)"])
        }
        return false
    }

    /// Puts on record what was done, now or as soon as that is possible.
    func record(done events: [AuditEvent]) async {
        owed += events
        await stage { try await recordOwed() }
    }

    private func recordOwed() async throws(StoreError) {
        let events = owed
        guard !events.isEmpty else { return }
        owed = []
        do throws(StoreError) { try await store.record(events) } catch {
            owed = events + owed
            throw error
        }
    }

    /// Of what happened, what is not on record, nor owed, since it was last met.
    func fresh(_ news: [(key: String, event: AuditEvent)]) -> [AuditEvent] {
        noticed.formUnion(news.map(\.key))
        let fresh = news.filter { !reported.contains($0.key) }
        reported.formUnion(fresh.map(\.key))
        return fresh.map(\.event)
    }

    /// Puts on record what was not there at the sweep before. It counts as reported only once it is on record.
    func record(news: [(key: String, event: AuditEvent)]) async throws {
        noticed.formUnion(news.map(\.key))
        let fresh = news.filter { !reported.contains($0.key) }
        guard !fresh.isEmpty else { return }
        try await store.record(fresh.map(\.event))
        reported.formUnion(fresh.map(\.key))
    }

    private func endOverdueOrMissing(
        _ roles: [RoleStanding], before: [LeaseID: Lease.State], after: [LeaseID: Lease.State]
    ) async throws {
        let byLease = Dictionary(
            roles.compactMap { role in role.lease.map { ($0, role) } },
            uniquingKeysWith: { first, _ in first })
        let now = timekeeper.now()
        altered = await lookAgain(
            after.filter { $0.value == .active && before[$0.key] == .active }.compactMap { byLease[$0.key] })
        let powerful = Dictionary(
            altered.filter { $0.isPowerful || definition.altered == .revoke }.compactMap { role in
                role.lease.map { ($0, role) }
            }, uniquingKeysWith: { first, _ in first })
        var steps: [LeaseStep] = []
        for (id, state) in after where state == .active && before[id] == .active {
            let reason: Lease.EndReason
            switch byLease[id]?.standing {
            case .live:
                if byLease[id]?.isOverdue == true {
                    reason = .expired
                } else if powerful[id] != nil {
                    reason = .altered
                } else {
                    continue
                }
            // Renamed, or with another comment: the role may well be there. `reportStrays` says so, and a person
            // decides; the lease ends by the clock.
            case .stray: continue
            case .missing, nil: reason = .roleMissing
            }
            // Ended already, and will be on record with why.
            if await ender.isUnrecorded(id) { continue }
            var event = AuditEvent(
                at: now, actor: .broker, action: .leaseRevoking, subject: .init(lease: id, database: database)
            )
            event.details["end_reason"] = reason.rawValue
            event.details["altered"] = powerful[id].map { Self.words($0.alterations) }
            steps.append(LeaseStep(id, .ending(reason, attemptAt: now), audit: event))
        }
        if !steps.isEmpty {
            logger.warning("leases ended by the sweep", metadata: ["count": "\(steps.count)"])
            try await end(steps, now)
        }
        try await reportAltered(now)
    }

    private func end(_ steps: [LeaseStep], _ now: Date) async throws(StoreError) {
        do throws(StoreError) { _ = try await store.apply(steps, now: now) } catch {
            guard case .unwritable = error else { throw error }
            let leases = try await store.leases(LeaseQuery(ids: steps.map(\.lease), limit: steps.count))
            let byID = Dictionary(leases.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            _ = await ender.endUnrecorded(
                steps.compactMap { step in byID[step.lease].map { (lease: $0, ending: step) } })
        }
        await ender.wake()
    }

    /// - Parameter living: the roles of active leases.
    /// - Returns: those that were altered.
    private func lookAgain(_ living: [RoleStanding]) async -> [RoleStanding] {
        var found = living.filter { $0.standing == .live && $0.isAltered }
        if found.contains(where: { !reported.contains(Self.key(ofAltered: $0)) }) {
            // A password that is being given anew may look like one that was changed: what is news is looked at twice,
            // and what both looks say holds.
            do throws(EngineFailure) {
                let again = Dictionary(
                    try await engine.roles().compactMap { role in
                        role.lease.map { ($0, Set(role.alterations)) }
                    }, uniquingKeysWith: { first, _ in first })
                for index in found.indices {
                    let seen = found[index].lease.flatMap { again[$0] } ?? []
                    found[index].alterations.removeAll { !seen.contains($0) }
                }
                found.removeAll { !$0.isAltered }
            } catch {
                logger.warning("altered roles not looked at again", metadata: ["failure": "\(error)"])
                found.removeAll { !reported.contains(Self.key(ofAltered: $0)) }
            }
        }
        return found.sorted { ($0.role, $0.lease?.rawValue ?? "") < ($1.role, $1.lease?.rawValue ?? "") }
    }

    private func reportAltered(_ now: Date) async throws {
        try await record(
            news: altered.map { role in
                (
                    Self.key(ofAltered: role),
                    AuditEvent(
                        at: now, actor: .broker, action: .roleAltered,
                        subject: .init(
                            lease: role.lease, database: database, role: RoleName(rawValue: role.role)),
                        details: ["found": Self.words(role.alterations)])
                )
            })
    }

    /// Another alteration is other news.
    private static func key(ofAltered role: RoleStanding) -> String {
        "altered:\(role.lease?.rawValue ?? role.role):\(words(role.alterations))"
    }

    static func words(_ alterations: [RoleAlteration]) -> String {
        alterations.map(\.text).joined(separator: "; ")
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
