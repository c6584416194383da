import MayflyCore
import SQLClients

/// The steps of a revocation that are the same on every engine.
extension GuardCaller {
    /// Splits answers that are to be read further from those that failed.
    static func read<R>(
        _ answers: [Answer], _ body: (Dialect.Row) throws(Dialect.Failure) -> R
    ) -> [Result<R, EngineFailure>] {
        answers.map { answer in
            answer.flatMap { row in
                do throws(Dialect.Failure) {
                    return .success(try body(row))
                } catch {
                    return .failure(Dialect.failure(error))
                }
            }
        }
    }

    /// Turns login off. A member that a transaction of its own holds stays open: its sessions can be ended, and then
    /// it is locked (`lockHeld`).
    ///
    /// - Returns: members that the guard does not take for its own.
    func lock(_ batch: inout Revocation, by deadline: ContinuousClock.Instant) async -> [Int] {
        let open = batch.open
        let answers = await call(.lock, batch.leases(open), by: deadline)
        let states = Self.read(answers) { (row) throws(Dialect.Failure) in
            (state: try row.string("state"), found: try row.optionalString("message") ?? "")
        }
        var disowned: [Int] = []
        for (index, state) in zip(open, states) {
            switch state {
            case .success(let (state, found)):
                batch.members[index].wasGone = state == "gone"
                batch.members[index].isLocked = state == "locked"
                if !found.isEmpty { batch.members[index].remarks.found = found }
            case .failure(let failure) where Dialect.isCollision(failure): batch.members[index].isHeld = true
            case .failure(let failure):
                if failure.code == GuardCode.notOurs?.code { disowned.append(index) }
                batch.fail(index, failure)
            }
        }
        return disowned
    }

    /// Locks what something held before its sessions were ended.
    func lockHeld(_ batch: inout Revocation, by deadline: ContinuousClock.Instant) async {
        let held = batch.open.filter { batch.members[$0].isHeld }
        guard !held.isEmpty else { return }
        let answers = await call(.lock, batch.leases(held), by: deadline)
        let found = Self.read(answers) { (row) throws(Dialect.Failure) in
            try row.optionalString("message") ?? ""
        }
        for (index, answer) in zip(held, found) {
            switch answer {
            case .success(let found):
                batch.members[index].isHeld = false
                batch.members[index].isLocked = true
                if !found.isEmpty { batch.members[index].remarks.found = found }
            case .failure(let failure):
                batch.members[index].isHeld = Dialect.isCollision(failure)
                batch.fail(index, failure)
            }
        }
    }

    /// Again and again until none is left, which takes one call where backends are well.
    ///
    /// - Parameter limit: when members whose sessions do not end are given up for this time.
    func endSessions(
        _ batch: inout Revocation, by deadline: ContinuousClock.Instant, limit: ContinuousClock.Instant
    ) async {
        var pending = batch.open
        while !pending.isEmpty {
            let answers = await call(.terminate, batch.leases(pending), by: deadline)
            let counts = Self.read(answers) { (row) throws(Dialect.Failure) in
                (ended: try row.int("terminated"), left: try row.int("remaining"))
            }
            var remaining: [Int] = []
            for (index, count) in zip(pending, counts) {
                switch count {
                case .success(let count):
                    // The same session may be told twice.
                    batch.members[index].sessionsEnded = max(batch.members[index].sessionsEnded, count.ended)
                    guard count.left > 0 else { continue }
                    guard ContinuousClock.now < min(limit, deadline) else {
                        batch.fail(
                            index,
                            EngineFailure(
                                .serverError, "\(count.left) sessions do not end, though they were told to"))
                        continue
                    }
                    remaining.append(index)
                case .failure(let failure): batch.fail(index, failure)
                }
            }
            pending = remaining
        }
    }
}
