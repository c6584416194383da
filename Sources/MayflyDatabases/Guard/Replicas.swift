import MayflyCore
import SQLClients

/// The standbys (replicas) of a server: accounts replicate to them, but sessions there have to be ended there.
struct Replicas<Dialect: GuardDialect>: Sendable {
    typealias Caller = GuardCaller<Dialect>

    /// By host.
    let pools: [String: ConnectionPool<Dialect.Connection>]
    /// Answers where there is no guard.
    var direct: Caller.Direct?
    var told: ToldSessions?

    /// What became of one role's sessions on them.
    struct Outcome: Sendable {
        var sessionsEnded = 0
        var failure: EngineFailure?
    }

    var callers: [Caller] { pools.map { caller($0.value, host: $0.key) } }

    private func caller(_ pool: ConnectionPool<Dialect.Connection>, host: String) -> Caller {
        Caller(pool: pool, direct: direct, told: told, host: host)
    }

    func close() async {
        for pool in pools.values { await pool.close() }
    }

    /// Ends sessions of the batch's open members. A replica that cannot be asked doesn't keep the role from being
    /// dropped: its sessions can be ended afterwards, and the caller is told to come again.
    func end(_ batch: Revocation, by deadline: ContinuousClock.Instant) async -> [Int: Outcome] {
        await withTaskGroup(of: (String, Revocation).self) { group in
            for (host, pool) in pools {
                group.addTask {
                    var own = batch
                    await caller(pool, host: host).endSessions(&own, by: deadline, limit: deadline)
                    return (host, own)
                }
            }
            var result: [Int: Outcome] = [:]
            for await (host, own) in group {
                for index in batch.open {
                    let member = own.members[index]
                    var entry = result[index] ?? Outcome()
                    entry.sessionsEnded += member.sessionsEnded - batch.members[index].sessionsEnded
                    // A role that the replica's register doesn't know never was there.
                    if case .failed(let failure) = member.outcome, failure.code != GuardCode.notOurs?.code {
                        entry.failure = EngineFailure(
                            .replica, code: failure.code, "on the replica \(host): \(failure.message)",
                            hint: "its sessions there are not known to have ended")
                    }
                    result[index] = entry
                }
            }
            return result
        }
    }

    /// What `task` comes to, or nil if that takes longer; then it goes on by itself.
    private static func first(
        of task: Task<[Int: Outcome], Never>, within limit: Duration
    ) async -> [Int: Outcome]? {
        let (answers, continuation) = AsyncStream.makeStream(of: [Int: Outcome]?.self)
        Task { continuation.yield(await task.value) }
        let timer = Task {
            // Cancelled when the replicas were quicker.
            try? await ContinuousClock().sleep(for: limit)
            continuation.yield(nil)
        }
        defer { timer.cancel() }
        for await answer in answers { return answer }
        return nil
    }

    /// Adds what became of the sessions. A replica that has not answered within the patience is asked again by the next
    /// attempt.
    func take(
        _ task: Task<[Int: Outcome], Never>, _ patience: Patience, _ batch: inout Revocation
    ) async {
        guard !pools.isEmpty else { return }
        let answer: [Int: Outcome]? =
            switch patience {
            case .full: await task.value
            case .brief: await Self.first(of: task, within: .milliseconds(500))
            }
        for index in batch.open {
            let replica =
                answer.map { $0[index] ?? Outcome() }
                ?? Outcome(failure: EngineFailure(.replica, "a replica has not answered yet"))
            batch.members[index].sessionsEnded += replica.sessionsEnded
            batch.members[index].replicaFailure = replica.failure
        }
    }
}

extension Patience {
    /// When sessions that do not end are given up for this time.
    func sessionLimit(deadline: ContinuousClock.Instant) -> ContinuousClock.Instant {
        switch self {
        case .brief: .now + .seconds(2)
        case .full: deadline
        }
    }
}
