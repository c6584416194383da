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
    package func issue(_ order: RoleOrder, for lease: Lease) async -> Result<Lease, Refusal> {
        await withCheckedContinuation { answer in
            waiting.append(Job(order: order, lease: lease, answer: answer))
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
        let steps = zip(batch, outcomes).map { job, outcome in step(job.lease, outcome, now) }
        do {
            let results = try await store.apply(steps, now: now)
            for ((job, outcome), result) in zip(zip(batch, outcomes), results) {
                switch outcome {
                case .success:
                    if result.change == .changed, let lease = result.lease {
                        job.answer.resume(returning: .success(lease))
                    } else {
                        // Somebody settled the lease meanwhile: its role must not stay.
                        await remove([job])
                        job.answer.resume(
                            returning: .failure(Refusal(.conflict, "the lease was ended meanwhile")))
                    }
                case .failure(let failure):
                    job.answer.resume(returning: .failure(Refusal(failure, database: job.lease.database)))
                }
            }
        } catch {
            // No record, no access: what was made is removed; the intents stay and are settled later.
            logger.error(
                "leases not recorded as active", metadata: ["count": "\(batch.count)", "error": "\(error)"])
            await remove(
                zip(batch, outcomes).compactMap { job, outcome in (try? outcome.get()) == nil ? nil : job })
            for job in batch { job.answer.resume(returning: .failure(Refusal(error))) }
        }
    }

    private func step(_ lease: Lease, _ outcome: Result<IssuedRole, EngineFailure>, _ now: Date) -> LeaseStep
    {
        var event = AuditEvent(
            at: now, actor: .broker, action: .leaseActive, subject: .init(of: lease),
            reason: lease.reason?.rawValue)
        switch outcome {
        case .success(let role):
            event.details = [
                "requester": lease.requester.user,
                "valid_until": AuditEncoding.timestamp(role.validUntil),
                "expires_at": AuditEncoding.timestamp(lease.expiresAt),
            ]
            if let oid = role.oid { event.details["role_oid"] = String(oid) }
            return LeaseStep(lease.id, .made(roleOID: role.oid, validUntil: role.validUntil), audit: event)
        case .failure(let failure):
            event.outcome = .failed
            event.details = ["failure": failure.description]
            if failure.kind == .outcomeUnknown {
                event.action = .leaseAttemptFailed
                return LeaseStep(
                    lease.id, .attemptFailed(.init(message: failure.description), nextAttemptAt: now),
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
