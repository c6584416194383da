import DequeModule
import Foundation
package import Logging
package import MayflyCore

/// Makes the login roles of one database, in batches.
///
/// What queues up while calls are in flight becomes the next batch, shared out over the calls that may run at
/// once; alone, a request is a batch of one and waits for nothing. The lease becomes `active` in one commit per
/// batch, before anyone has a password. The intents are on record already.
///
/// If the process dies here: before the server's commit there is a `creating` lease and no role; after it a
/// `creating` lease and a role. Both are settled at the next start (`Ender`): the role, if any, is removed.
package actor Issuer {
    /// The most members of one batch: one transaction of the server.
    static let batchLimit = 50

    private struct Job {
        let order: RoleOrder
        let lease: Lease
        let duty: ReviewDuty?
        let answer: CheckedContinuation<Result<Lease, Refusal>, Never>
    }

    private let engine: any DatabaseEngine
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let callsAtOnce: Int
    private var waiting: Deque<Job> = []
    private var calls = 0
    private var idle: [CheckedContinuation<Void, Never>] = []

    package init(
        engine: any DatabaseEngine, store: any Store, timekeeper: Timekeeper, callsAtOnce: Int, logger: Logger
    ) {
        self.engine = engine
        self.store = store
        self.timekeeper = timekeeper
        self.callsAtOnce = max(1, callsAtOnce)
        self.logger = logger
    }

    /// Whether requests are waiting or in flight: mass expiry steps back while there are any.
    package var isBusy: Bool { !waiting.isEmpty || calls > 0 }

    /// Makes the role for an admitted lease and records that it is active.
    /// - Returns: the active lease, or why there is none. A refusal means that nobody has the password.
    /// - Parameter duty: for break-glass: the duty to review it, which begins with the lease.
    package func issue(
        _ order: RoleOrder, for lease: Lease, duty: ReviewDuty? = nil
    ) async -> Result<Lease, Refusal> {
        await withCheckedContinuation { answer in
            waiting.append(Job(order: order, lease: lease, duty: duty, answer: answer))
            startCalls()
        }
    }

    /// Returns when nothing is waiting or in flight.
    package func drain() async {
        guard isBusy else { return }
        await withCheckedContinuation { idle.append($0) }
    }

    private func startCalls() {
        while calls < callsAtOnce, !waiting.isEmpty {
            // What waits is shared out evenly, so that the server hashes on several cores.
            let share = (waiting.count + callsAtOnce - calls - 1) / (callsAtOnce - calls)
            let batch = (0..<min(share, Self.batchLimit)).compactMap { _ in waiting.popFirst() }
            calls += 1
            Task { await self.call(batch) }
        }
    }

    private func call(_ batch: [Job]) async {
        await carryOut(batch)
        calls -= 1
        startCalls()
        if !isBusy {
            for waiter in idle { waiter.resume() }
            idle = []
        }
    }

    private func carryOut(_ batch: [Job]) async {
        let outcomes = await engine.issue(batch.map(\.order))
        Failpoint.roleMade.hit()
        let now = timekeeper.now()
        var made: [(job: Job, step: LeaseStep)] = []
        var failed: [(job: Job, step: LeaseStep, failure: EngineFailure)] = []
        for (job, outcome) in zip(batch, outcomes) {
            let step = step(job, outcome, now)
            switch outcome {
            case .success: made.append((job, step))
            case .failure(let failure): failed.append((job, step, failure))
            }
        }
        // Apart: what failed may be recorded from the disk's reserve, what gives access may not.
        async let recorded: Void = conclude(failed, now)
        await activate(made, now)
        await recorded
    }

    private func activate(_ made: [(job: Job, step: LeaseStep)], _ now: Date) async {
        guard !made.isEmpty else { return }
        do {
            for ((job, _), result) in zip(made, try await store.apply(made.map(\.step), now: now)) {
                if result.change == .changed, let lease = result.lease {
                    job.answer.resume(returning: .success(lease))
                } else {
                    // Somebody settled the lease meanwhile: its role must not stay.
                    await remove([job])
                    job.answer.resume(
                        returning: .failure(
                            result.refusal ?? result.lease?.overtaken
                                ?? Refusal(.conflict, "the lease was ended meanwhile")))
                }
            }
        } catch {
            // No record, no access: what was made is removed; the intents stay and are settled later.
            logger.error(
                "leases not recorded as active", metadata: ["count": "\(made.count)", "error": "\(error)"])
            await remove(made.map(\.job))
            for (job, _) in made { job.answer.resume(returning: .failure(Refusal(error))) }
        }
    }

    private func conclude(_ failed: [(job: Job, step: LeaseStep, failure: EngineFailure)], _ now: Date) async
    {
        guard let first = failed.first else { return }
        logger.warning(
            "leases not made", metadata: ["count": "\(failed.count)", "failure": "\(first.failure)"])
        do { _ = try await store.apply(failed.map(\.step), now: now) } catch {
            // Whoever asked has nothing; the intents are settled later.
            logger.error("failed leases not recorded", metadata: ["error": "\(error)"])
        }
        for (job, _, failure) in failed {
            job.answer.resume(returning: .failure(Refusal(failure, database: job.lease.database)))
        }
    }

    private func step(_ job: Job, _ outcome: Result<IssuedRole, EngineFailure>, _ now: Date) -> LeaseStep {
        let lease = job.lease
        var event = AuditEvent(
            at: now, actor: .broker, action: .leaseActive, subject: .init(of: lease),
            reason: lease.reason?.rawValue,
            duration: max(0, now.milliseconds - lease.createdAt.milliseconds))
        switch outcome {
        case .success(let role):
            event.details = [
                "requester": lease.requester.user,
                "valid_until": AuditEncoding.timestamp(role.validUntil),
                "expires_at": AuditEncoding.timestamp(lease.expiresAt),
            ]
            event.details.merge(lease.mode.auditDetails) { _, mode in mode }
            if lease.isBreakGlass { event.details["break_glass"] = "true" }
            if let oid = role.oid { event.details["role_oid"] = String(oid) }
            event.details["narrowed_group"] = role.narrowedGroup
            return LeaseStep(
                lease.id,
                .made(
                    roleOID: role.oid, validUntil: role.validUntil, narrowedGroup: role.narrowedGroup),
                audit: event,
                review: job.duty.map { Review(of: lease, $0, now: now) })
        case .failure(let failure):
            event.outcome = .failed
            event.details = ["failure": failure.publicDescription]
            if failure.kind == .outcomeUnknown {
                event.action = .leaseAttemptFailed
                return LeaseStep(
                    lease.id, .attemptFailed(.init(message: failure.publicDescription), nextAttemptAt: now),
                    audit: event)
            }
            event.action = .leaseFailed
            return LeaseStep(lease.id, .undone, audit: event)
        }
    }

    /// Best effort at once; what fails here is settled later, as the leases are still `creating`.
    private func remove(_ jobs: [Job]) async {
        guard !jobs.isEmpty else { return }
        let outcomes = await engine.revoke(jobs.map { RoleReference($0.lease) }, .brief)
        for (job, outcome) in zip(jobs, outcomes) {
            logger.warning(
                "unrecorded role removed", metadata: ["lease": "\(job.lease.id)", "outcome": "\(outcome)"])
        }
    }
}

extension Lease {
    /// A lockdown revoked the intent before there was anything to give.
    fileprivate var overtaken: Refusal? {
        guard endReason == .lockdown else { return nil }
        return Refusal(
            .lockdown, "a lockdown began while the lease was being made", hint: "`mayfly lockdown` shows it")
    }
}
