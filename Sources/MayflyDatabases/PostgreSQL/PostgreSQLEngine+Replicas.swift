import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// What became of one role's sessions on the standbys.
    struct OnReplicas: Sendable {
        var sessionsEnded = 0
        var failure: EngineFailure?
    }

    /// Ends sessions on the standbys, where roles replicate but terminations don't. One that cannot be asked
    /// doesn't keep the role from being dropped: its sessions can be ended afterwards, and the caller is told to
    /// come again.
    func endOnReplicas(_ batch: Revocation) async -> [Int: OnReplicas] {
        await withTaskGroup(of: (String, Revocation).self) { group in
            for (host, pool) in replicaPools {
                group.addTask { [self] in
                    var own = batch
                    await PostgreSQLCaller(pool: pool).endSessions(&own, by: deadline, limit: deadline)
                    return (host, own)
                }
            }
            var result: [Int: OnReplicas] = [:]
            for await (host, own) in group {
                for index in batch.open {
                    let member = own.members[index]
                    var entry = result[index] ?? OnReplicas()
                    entry.sessionsEnded += member.sessionsEnded - batch.members[index].sessionsEnded
                    // A role that the standby's register doesn't know never was there.
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
        of task: Task<[Int: OnReplicas], Never>, within limit: Duration
    ) async -> [Int: OnReplicas]? {
        let (answers, continuation) = AsyncStream.makeStream(of: [Int: OnReplicas]?.self)
        Task { continuation.yield(await task.value) }
        let timer = Task {
            // Cancelled when the standbys were quicker.
            try? await ContinuousClock().sleep(for: limit)
            continuation.yield(nil)
        }
        defer { timer.cancel() }
        for await answer in answers { return answer }
        return nil
    }

    /// Adds what became of the sessions on the standbys. One that has not answered within the patience is asked again
    /// by the next attempt.
    func take(
        _ onReplicas: Task<[Int: OnReplicas], Never>, _ patience: Patience, _ batch: inout Revocation
    ) async {
        guard !replicaPools.isEmpty else { return }
        let answer: [Int: OnReplicas]? =
            switch patience {
            case .full: await onReplicas.value
            case .brief:
                await Self.first(of: onReplicas, within: .milliseconds(500))
            }
        for index in batch.open {
            let replica =
                answer.map { $0[index] ?? OnReplicas() }
                ?? OnReplicas(failure: EngineFailure(.replica, "a replica has not answered yet"))
            batch.members[index].sessionsEnded += replica.sessionsEnded
            batch.members[index].replicaFailure = replica.failure
        }
    }
}
