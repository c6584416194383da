package import Foundation
package import Logging
package import MayflyCore

/// Ends the leases of one database: expired, revoked, and those that a crash left half done.
///
/// Due leases are claimed in the state, ended by the engine in batches, and the outcome is recorded. Every step
/// is idempotent, so if the process dies anywhere the next start claims them again and runs all steps anew. A
/// server that is down costs this database only: its leases are tried again for ever, with backoff.
///
/// There are three lanes: leases that are due for the first time, those that failed before, and late looks at what is
/// gone. A session that will not end, a standby that hangs or a role that something holds thus costs the next
/// expiry nothing but what the first attempt waits briefly. Each lane has few batches in hand, which is what bounds the
/// load on a server that is back after a long time.
package actor Ender {
    /// Leases ended by one call; the server drops them in one transaction.
    static let batchLimit = 50
    /// Batches in hand at once: while the server works on one, another is put on record.
    static let batchesAtOnce = 2
    /// When to look again for sessions of a role that is gone, in seconds after the drop.
    static let lateLooks: [TimeInterval] = [1, 10]

    let database: DatabaseName
    let engine: any DatabaseEngine
    let store: any Store
    private let issuer: Issuer
    let tethers: Tethers
    let timekeeper: Timekeeper
    private let owner: String
    /// How long a claim is held, in seconds: longer than all steps of a batch, each with its own deadline.
    private let claimTime: TimeInterval
    /// Who takes over what roles of a profile own, by the configuration in force.
    private let taker: @Sendable (ProfileName) -> String?
    let logger: Logger
    /// Told of each lease whose role is gone.
    private let ended: @Sendable (Lease) async -> Void
    let backoff = Backoff(first: 1, most: 15)
    /// For a role that is refused the drop: nothing is urgent, as its login is off.
    private let lockedBackoff = Backoff(first: 5, most: 300)

    /// How many batches in a row met a server that does not answer.
    private var failedBatches: [Attempt: Int] = [:]
    private var naps: [Attempt: Task<Void, Never>] = [:]
    private var late: [(at: Date, role: RoleReference)] = []
    /// What is ended while nothing can be recorded.
    var unrecorded = UnrecordedEnds()

    package init(
        database: DatabaseName, engine: any DatabaseEngine, store: any Store, issuer: Issuer,
        tethers: Tethers,
        timekeeper: Timekeeper, owner: String, claimTime: TimeInterval,
        taker: @escaping @Sendable (ProfileName) -> String? = { _ in nil }, logger: Logger,
        ended: @escaping @Sendable (Lease) async -> Void = { _ in }
    ) {
        self.database = database
        self.engine = engine
        self.store = store
        self.issuer = issuer
        self.tethers = tethers
        self.timekeeper = timekeeper
        self.owner = owner
        self.claimTime = claimTime
        self.taker = taker
        self.logger = logger
        self.ended = ended
    }

    /// Ends what is due, until cancelled. A batch in hand is finished first.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for attempt in Attempt.allCases {
                group.addTask { [self] in
                    while !Task.isCancelled {
                        if !(await endDue(attempt)) { await pause(attempt) }
                    }
                }
            }
            group.addTask { [self, timekeeper] in
                while !Task.isCancelled {
                    await lookLate()
                    // Cancelled with the service, which the loop looks at.
                    _ = try? await timekeeper.sleep(for: .milliseconds(250))
                }
            }
        }
    }

    /// Ends the given leases now (they are `revoking` already), as far as nobody else has them in hand.
    package func end(_ leases: [LeaseID]) async {
        for slice in stride(from: 0, to: leases.count, by: Self.batchLimit).map({
            Array(leases[$0..<min($0 + Self.batchLimit, leases.count)])
        }) {
            do {
                let claimed = try await store.claim(slice, now: timekeeper.now(), claim: claim())
                if !claimed.isEmpty { await Task { await self.end(claimed, .first) }.value }
            } catch {
                logger.error("leases not claimed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Something is due now: don't sleep on.
    package func wake() {
        failedBatches = [:]
        for nap in naps.values { nap.cancel() }
    }

    private func claim() -> Claim {
        Claim(owner: owner, until: timekeeper.now().addingTimeInterval(claimTime))
    }

    /// Ends all that is due in a lane.
    ///
    /// - Returns: whether to go on at once.
    private func endDue(_ attempt: Attempt) async -> Bool {
        guard await recordOwed(attempt) else { return await endUnrecorded(attempt) }
        guard let next = await nextDue(attempt), next <= timekeeper.now() else { return false }
        var inHand: [Task<Void, Never>] = []
        var worked = false
        repeat {
            // Who waits for access goes before mass expiry.
            let isBusy = await issuer.isBusy
            if worked, isBusy { try? await timekeeper.sleep(for: .milliseconds(20)) }
            let most = isBusy || attempt == .again ? 1 : Self.batchesAtOnce
            while inHand.count >= most { await inHand.removeFirst().value }
            guard let due = await claimDue(attempt) else { break }
            // Not cancelled with the service: a batch in hand is carried to its end.
            inHand.append(Task { await self.end(due, attempt) })
            worked = true
        } while failedBatches[attempt, default: 0] == 0 && !Task.isCancelled
        for batch in inHand { await batch.value }
        return worked && failedBatches[attempt, default: 0] == 0
    }

    private func nextDue(_ attempt: Attempt) async -> Date? {
        do { return try await store.nextDue(database, attempt) } catch {
            logger.error("due leases not looked for", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// - Returns: nil when nothing is due.
    private func claimDue(_ attempt: Attempt) async -> [Lease]? {
        do {
            let due = try await store.claimDue(
                database, attempt, now: timekeeper.now(), limit: Self.batchLimit, claim: claim())
            _ = unrecorded.forget()
            return due.isEmpty ? nil : due
        } catch .unwritable(let why) {
            cannotRecord(why)
            return nil
        } catch {
            logger.error("due leases not claimed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func end(_ leases: [Lease], _ attempt: Attempt) async {
        for lease in leases { tethers.tell(.ended, lease) }
        Failpoint.revocationRecorded.hit()
        let outcomes = await revoke(leases, attempt == .first ? .brief : .full)
        Failpoint.roleDropped.hit()
        let now = timekeeper.now()
        let unanswered = outcomes.allSatisfy { $0.isUnanswered }
        failedBatches[attempt] = unanswered ? failedBatches[attempt, default: 0] + 1 : 0
        let steps = zip(leases, outcomes).compactMap { lease, outcome in step(lease, outcome, now) }
        do {
            for result in try await store.apply(steps, now: now) {
                guard let lease = result.lease, lease.state.isFinal else { continue }
                lookLate(for: lease, goneAt: now)
                await ended(lease)
            }
        } catch .unwritable(let why) {
            // What was done is recorded when it can be.
            unrecorded.owe(steps, at: now)
            cannotRecord(why)
        } catch {
            // The roles are gone; the state says `revoking` and will find them gone at the next attempt.
            logger.error("ended leases not recorded", metadata: ["error": "\(error)"])
            failedBatches[attempt, default: 0] += 1
        }
    }

    /// As the engine does, but leaves alone what a lease that is `creating` cannot have: a role that somebody works with.
    ///
    /// Nobody has its password before the lease is on record as `active`. So the record of that is lost, as when the
    /// state is restored from a backup that was taken between: the role is an orphan's equal, and under safe mode with
    /// them. One that is past its end by the server's clock, or has got a power, is ended all the same.
    func revoke(_ leases: [Lease], _ patience: Patience) async -> [RevokeOutcome] {
        guard leases.contains(where: { $0.state == .creating }) else {
            return await engine.revoke(references(leases), patience)
        }
        var kept: [LeaseID: RevokeOutcome] = [:]
        do throws(EngineFailure) {
            let used = Set(
                try await engine.roles().filter { $0.isInUse && !$0.isLeftOver }.compactMap(\.lease))
            let obstacle = Lease.Obstacle(
                message:
                    "its role is in use, although the state never saw it made, as after a restore from a backup",
                statement: "mayfly reap --database \(database) --dry-run")
            for lease in leases where lease.state == .creating && used.contains(lease.id) {
                kept[lease.id] = .locked(obstacle)
            }
        } catch {
            for lease in leases where lease.state == .creating { kept[lease.id] = .failed(error) }
        }
        let ending = leases.filter { kept[$0.id] == nil }
        guard !ending.isEmpty else { return leases.compactMap { kept[$0.id] } }
        let ended = await engine.revoke(references(ending), patience)
        for (lease, outcome) in zip(ending, ended) { kept[lease.id] = outcome }
        return leases.compactMap { kept[$0.id] }
    }

    func step(_ lease: Lease, _ outcome: RevokeOutcome, _ now: Date) -> LeaseStep? {
        var event = AuditEvent(at: now, actor: .broker, action: .leaseRevoked, subject: .init(of: lease))
        event.details["requester"] = lease.requester.user
        switch outcome {
        case .gone(let sessionsEnded, let remarks):
            if lease.state == .creating {
                event.action = .leaseFailed
                event.outcome = .failed
                return LeaseStep(lease.id, .undone, audit: event)
            }
            event.details["sessions_ended"] = String(sessionsEnded)
            event.details["end_reason"] = lease.endReason?.rawValue
            event.add(remarks)
            return LeaseStep(lease.id, .gone, audit: event)
        case .locked(let obstacle):
            let next = now.addingTimeInterval(lockedBackoff.delay(after: lease.attempts + 1))
            event.action = .leaseLocked
            event.outcome = .failed
            event.details["obstacle"] = obstacle.message
            if lease.state == .creating {
                let news = lease.obstacle?.message != obstacle.message
                return LeaseStep(
                    lease.id, .attemptFailed(obstacle, nextAttemptAt: next), audit: news ? event : nil)
            }
            return LeaseStep(lease.id, .dropRefused(obstacle, nextAttemptAt: next), audit: event)
        case .failed(let failure):
            let next = now.addingTimeInterval(backoff.delay(after: lease.attempts + 1))
            let obstacle = Lease.Obstacle(message: failure.publicDescription)
            event.action = .leaseAttemptFailed
            event.outcome = .failed
            event.details["failure"] = failure.publicDescription
            // One record for each kind of trouble, not one for each attempt.
            let news = lease.obstacle?.message != obstacle.message
            return LeaseStep(
                lease.id, .attemptFailed(obstacle, nextAttemptAt: next), audit: news ? event : nil)
        }
    }

    func references(_ leases: [Lease]) -> [RoleReference] {
        leases.map { RoleReference($0, taker: taker($0.profile)) }
    }

    func lookLate(for lease: Lease, goneAt now: Date) {
        late += Self.lateLooks.map { (now.addingTimeInterval($0), RoleReference(lease)) }
    }

    /// A backend that was past authentication when the role was locked shows up a moment later.
    private func lookLate() async {
        let now = timekeeper.now()
        let due = late.filter { $0.at <= now }
        guard !due.isEmpty else { return }
        late.removeAll { $0.at <= now }
        do {
            let ended = try await engine.endLateSessions(due.map(\.role))
            if ended > 0 { logger.warning("late sessions ended", metadata: ["count": "\(ended)"]) }
        } catch {
            logger.warning("late sessions not looked for", metadata: ["error": "\(error)"])
        }
    }

    /// Sleeps until something may be due: a query on an index, four times a second.
    private func pause(_ attempt: Attempt) async {
        let failed = failedBatches[attempt, default: 0]
        let seconds = failed > 0 ? backoff.delay(after: failed) : 0.25
        let timekeeper = timekeeper
        // Cancelled by `wake` or with the service: both mean to look again at once.
        let nap = Task { _ = try? await timekeeper.sleep(for: .seconds(seconds)) }
        naps[attempt] = nap
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
        naps[attempt] = nil
    }
}
