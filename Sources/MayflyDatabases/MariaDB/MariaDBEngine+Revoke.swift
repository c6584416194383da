package import MayflyCore
import SQLClients

extension MariaDBEngine {
    /// Each step is a call of its own, and committed: lock, end sessions, drop what nothing hangs on, look.
    /// Access ends with the first two; whatever stops a later step leaves the account locked.
    package func revoke(_ roles: [RoleReference], _ patience: Patience) async -> [RevokeOutcome] {
        guard !roles.isEmpty else { return [] }
        return await shielded { [self] in
            var batch = Revocation(roles)
            let disowned = await writer.lock(&batch, by: deadline)
            if !disowned.isEmpty { await settleDisowned(&batch, disowned) }
            Failpoint.roleLocked.hit()
            // Replicas are dealt with meanwhile.
            let onReplicas = Task { [batch] in await replicas.end(batch, by: deadline) }
            await asker.endSessions(&batch, by: deadline, limit: patience.sessionLimit(deadline: deadline))
            await writer.lockHeld(&batch, by: deadline)
            Failpoint.sessionsEnded.hit()
            let undone = batch.members.indices.filter { batch.members[$0].keepsSessions }
            await writer.runRevocationStatements(&batch, by: deadline)
            await drop(&batch, patience)
            await explain(&batch, undone)
            Failpoint.roleCleaned.hit()
            await lookThatGone(&batch)
            await replicas.take(onReplicas, patience, &batch)
            return batch.outcomes
        }
    }

    /// Accounts that the guard does not take for its own: never made, or not what the register says they are.
    private func settleDisowned(_ batch: inout Revocation, _ disowned: [Int]) async {
        do throws(EngineFailure) {
            let strays = try await roles().filter { $0.standing == .stray }
            for index in disowned {
                let role = batch.members[index].reference.role
                if strays.contains(where: { $0.role == role.rawValue }) {
                    batch.fail(
                        index,
                        EngineFailure(
                            .refusedByGuard, "\(role) exists, but the guard's register does not know it",
                            hint: "a person decides: look at it with SHOW CREATE USER"))
                } else {
                    batch.members[index].outcome = .gone(sessionsEnded: 0)
                }
            }
        } catch {
            for index in disowned { batch.fail(index, error) }
        }
    }

    /// Sessions that do not end may be those of another account with the same name: then what hangs on ours says so.
    private func explain(_ batch: inout Revocation, _ indices: [Int]) async {
        guard !indices.isEmpty else { return }
        let answers = await asker.call(.hanging, batch.leases(indices), by: deadline)
        let texts = MariaDBCaller.read(answers) { (row) throws(MariaDBError) in try row.string("hanging") }
        for (index, text) in zip(indices, texts) {
            // What failed stays failed, with its first reason.
            guard case .success(let text) = text else { continue }
            do throws(EngineFailure) {
                if let obstacle = try MariaDBHangingEntry.obstacle(text) { batch.keepLocked(index, obstacle) }
            } catch {
                batch.fail(index, error)
            }
        }
    }

    /// What hangs on an account that is kept; nil for one that is not.
    private static func kept(_ row: MariaDBRow) throws(MariaDBError) -> String? {
        try row.string("code") == "00000" ? nil : try row.string("message")
    }

    /// An account that something hangs on is kept, and stays locked; the guard takes its rights away, so that what runs
    /// in its name (an event) can do nothing.
    private func drop(_ batch: inout Revocation, _ patience: Patience) async {
        var pending = batch.open
        for attempt in 0..<2 {
            guard !pending.isEmpty else { return }
            let answers = await writer.call(.drop, batch.leases(pending), by: deadline)
            var inUse: [Int] = []
            for (index, row) in zip(pending, MariaDBCaller.read(answers, Self.kept)) {
                do throws(EngineFailure) {
                    if let message = try row.get(),
                        let obstacle = try MariaDBHangingEntry.obstacle(message)
                    {
                        batch.keepLocked(index, obstacle)
                    }
                } catch {
                    if error.code == GuardCode.stillInUse?.code, attempt == 0 {
                        inUse.append(index)
                    } else {
                        batch.fail(index, error)
                    }
                }
            }
            if !inUse.isEmpty {
                await asker.endSessions(
                    &batch, by: deadline, limit: patience.sessionLimit(deadline: deadline))
            }
            pending = batch.open.filter(Set(inUse).contains)
        }
    }

    private func lookThatGone(_ batch: inout Revocation) async {
        let open = batch.open
        guard !open.isEmpty else { return }
        let found = await find(open.map { batch.members[$0].reference.lease }, by: deadline)
        for (index, answer) in zip(open, found) {
            switch answer {
            case .success(.some(let row)) where row.standing != "ended":
                batch.fail(index, EngineFailure(.serverError, "the account is still there"))
            case .success: continue
            case .failure(let failure): batch.fail(index, failure)
            }
        }
    }
}

extension Revocation.Member {
    /// Its sessions were told to end, and some do not.
    fileprivate var keepsSessions: Bool {
        guard case .failed(let failure) = outcome else { return false }
        return failure.kind == .serverError && failure.code == nil
    }
}
