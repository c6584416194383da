package import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Each step is a committed call of its own: lock, end sessions, clean, drop, look. Access ends with the first
    /// two; whatever stops a later step leaves the role locked.
    package func revoke(_ roles: [RoleReference], _ patience: Patience) async -> [RevokeOutcome] {
        guard !roles.isEmpty else { return [] }
        return await shielded { [self] in
            var batch = Revocation(roles)
            let disowned = await caller.lock(&batch, by: deadline)
            if !disowned.isEmpty { await settleDisowned(&batch, disowned) }
            Failpoint.roleLocked.hit()
            // Standbys are dealt with meanwhile.
            let onReplicas = Task { [batch] in await replicas.end(batch, by: deadline) }
            await caller.endSessions(&batch, by: deadline, limit: patience.sessionLimit(deadline: deadline))
            await caller.lockHeld(&batch, by: deadline)
            await sayWhatHolds(&batch)
            Failpoint.sessionsEnded.hit()
            await caller.runRevocationStatements(&batch, by: deadline)
            await clean(&batch, batch.open.filter { !batch.members[$0].wasGone })
            Failpoint.roleCleaned.hit()
            await drop(&batch, patience)
            await lookThatGone(&batch)
            keepWhatTheOwnerMayNot(&batch)
            await replicas.take(onReplicas, patience, &batch)
            return batch.outcomes
        }
    }

    /// What a guard's owner that is no superuser may not do: the role is locked, and stays so until somebody gave it the
    /// right.
    private func keepWhatTheOwnerMayNot(_ batch: inout Revocation) {
        guard direct == nil else { return }
        for index in batch.members.indices where batch.members[index].isLocked {
            guard case .failed(let failure) = batch.members[index].outcome,
                failure.code == SQLState.insufficientPrivilege.code
            else { continue }
            batch.keepLocked(
                index,
                .init(
                    message: "the guard's owner lacks a right to end the role",
                    statement: "-- `mayflyd check --connect` says which, with the statement that gives it"))
        }
    }

    /// A role that cannot be locked, its sessions being ended: what else holds it is a prepared transaction.
    private func sayWhatHolds(_ batch: inout Revocation) async {
        let held = batch.members.indices.filter { batch.members[$0].isHeld }
        guard !held.isEmpty else { return }
        let answers = await caller.call(.hanging, batch.leases(held), by: deadline)
        let texts = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            try row.string("hanging")
        }
        for (index, text) in zip(held, texts) {
            do throws(EngineFailure) {
                let prepared = try HangingEntry.list(try text.get()).first(where: \.isPrepared)
                batch.fail(
                    index,
                    EngineFailure(
                        .serverError,
                        "a transaction holds the role, or a group of it: it has no session any more, but its login or "
                            + "its memberships are not gone"
                            + (prepared?.statement.map { "; a DBA ends it with \($0)" } ?? ""))
                )
            } catch {
                batch.fail(index, error)
            }
        }
    }

    /// Roles that the guard does not take for its own: never made, or not what the register says they are.
    private func settleDisowned(_ batch: inout Revocation, _ disowned: [Int]) async {
        let found = await find(disowned.map { batch.members[$0].reference.lease }, by: deadline)
        var unregistered: [Int] = []
        for (index, answer) in zip(disowned, found) {
            switch answer {
            case .success(.none): unregistered.append(index)
            case .success(.some): continue  // renamed: the guard's own refusal stands
            case .failure(let failure): batch.fail(index, failure)
            }
        }
        do throws(EngineFailure) {
            let present = try await present(unregistered.map { batch.members[$0].reference })
            for index in unregistered {
                let role = batch.members[index].reference.role
                if present.contains(role.rawValue) {
                    batch.fail(
                        index,
                        EngineFailure(
                            .refusedByGuard, "\(role) exists, but the guard's register does not know it",
                            hint: "a person decides: look at its comment with \\du+"))
                } else {
                    batch.members[index].outcome = .gone(sessionsEnded: 0)
                }
            }
        } catch {
            for index in unregistered { batch.fail(index, error) }
        }
    }

    private func drop(_ batch: inout Revocation, _ patience: Patience) async {
        var pending = batch.open
        for attempt in 0..<2 {
            guard !pending.isEmpty else { return }
            let answers = await caller.call(.drop, batch.leases(pending), by: deadline)
            let rows = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
                (isKept: try row.string("sqlstate") != "00000", message: try row.string("message"))
            }
            var kept: [Int] = []
            var inUse: [Int] = []
            for (index, row) in zip(pending, rows) {
                switch row {
                case .success(let row) where row.isKept:
                    if attempt == 0 {
                        kept.append(index)
                    } else {
                        let lines = row.message.split(separator: "\n").map(String.init)
                        batch.keepLocked(
                            index,
                            .init(
                                message: "something depends on the role", hanging: lines,
                                statement: directStatement(of: batch.members[index].reference.role)))
                    }
                case .success: continue
                case .failure(let failure) where failure.code == GuardCode.stillInUse?.code && attempt == 0:
                    inUse.append(index)
                case .failure(let failure): batch.fail(index, failure)
                }
            }
            if !inUse.isEmpty {
                await caller.endSessions(
                    &batch, by: deadline, limit: patience.sessionLimit(deadline: deadline))
            }
            if !kept.isEmpty { await clean(&batch, kept) }
            let again = Set(kept + inUse)
            pending = batch.open.filter(again.contains)
        }
    }

    /// Without a guard what somebody else granted to a role is not ours to take away.
    private func directStatement(of role: RoleName) -> String? {
        guard direct != nil else { return nil }
        return
            "DROP OWNED BY \(role) RESTRICT;  -- as a superuser, in each database of these; it drops what the role"
            + " owns: REASSIGN OWNED BY \(role) TO somebody first, where that is to stay"
    }

    private func lookThatGone(_ batch: inout Revocation) async {
        let open = batch.open
        guard !open.isEmpty else { return }
        do throws(EngineFailure) {
            let present = try await present(open.map { batch.members[$0].reference })
            for index in open where present.contains(batch.members[index].reference.role.rawValue) {
                batch.fail(index, EngineFailure(.serverError, "the role is still in the catalogue"))
            }
        } catch {
            for index in open { batch.fail(index, error) }
        }
    }

    /// Which of these roles, by their names, the catalogue has; without a guard, whose register knows, also under another
    /// name.
    func present(_ roles: [RoleReference]) async throws(EngineFailure) -> Set<String> {
        guard !roles.isEmpty else { return [] }
        let statement = """
            SELECT a.role FROM ROWS FROM (pg_catalog.jsonb_array_elements_text($1::jsonb),
                                          pg_catalog.jsonb_array_elements_text($2::jsonb)) AS a (role, oid)
             WHERE EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = a.role OR r.oid = a.oid::oid)
            """
        let entries = try await direct?.register.entries(of: roles.map(\.lease)) ?? [:]
        // 0 is the OID of nothing.
        let oids = roles.map { String(entries[$0.lease]?.oid ?? 0) }
        let rows = try await ask(
            guardPool, statement,
            [try GuardMembers.json(roles.map(\.role.rawValue)), try GuardMembers.json(oids)])
        do throws(PostgreSQLError) {
            var names: Set<String> = []
            for row in rows { names.insert(try row.string("role")) }
            return names
        } catch {
            throw EngineFailure(error)
        }
    }
}
