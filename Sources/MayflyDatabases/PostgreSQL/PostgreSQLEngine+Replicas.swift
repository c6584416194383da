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
                    await PostgreSQLCaller(pool: pool).endSessions(&own, by: deadline)
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
                            failure.kind, code: failure.code, "on the replica \(host): \(failure.message)",
                            hint: "its sessions there are not known to have ended")
                    }
                    result[index] = entry
                }
            }
            return result
        }
    }
}
