import Foundation
import Logging
package import MayflyCore

/// Ending goes on when the state cannot be written: access is cut now, by what can still be read and by what the
/// guard's register knows, and put on record as soon as that is possible, with the time at which it happened.
extension Ender {
    /// Ends leases although nothing can be recorded; `ending` is what will be.
    /// - Returns: how many have no access any more.
    package func endUnrecorded(_ leases: [(lease: Lease, ending: LeaseStep)]) async -> Int {
        let now = timekeeper.now()
        for (lease, ending) in leases { unrecorded.order(lease, ending) }
        for batch in leases.map(\.lease).filter({ unrecorded.isTurn(of: $0.id, now) }).batches(
            of: Self.batchLimit)
        {
            await Task { await self.cut(batch) }.value
        }
        return leases.count { unrecorded.settled.contains($0.lease.id) }
    }

    /// Whether more is known of its end than the state says.
    func isUnrecorded(_ lease: LeaseID) -> Bool {
        unrecorded.settled.contains(lease) || unrecorded.ordered[lease] != nil
    }

    /// Ends what is due, by a read.
    /// - Returns: whether to go on at once.
    func endUnrecorded(_ attempt: Attempt) async -> Bool {
        let now = timekeeper.now()
        do {
            let due = try await store.due(
                database, attempt, now: now, limit: Self.batchLimit + unrecorded.known)
            let ordered = unrecorded.ordered.values.map(\.lease)
            let mine = (ordered + due.filter { unrecorded.ordered[$0.id] == nil })
                .filter { unrecorded.isTurn(of: $0.id, now) }
            guard let batch = mine.batches(of: Self.batchLimit).first else { return false }
            await Task { await self.cut(batch) }.value
            return mine.count > batch.count
        } catch {
            logger.error("due leases not read", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func cut(_ leases: [Lease]) async {
        let begun = timekeeper.now()
        let ordered = unrecorded.ordered
        for lease in leases { tethers.tell(.ended, lease) }
        let failedBefore = leases.contains { $0.attempts > 0 || unrecorded.hasFailed($0.id) }
        let outcomes = await revoke(leases, failedBefore ? .full : .brief)
        let now = timekeeper.now()
        var steps: [LeaseStep] = []
        for (var lease, outcome) in zip(leases, outcomes) {
            if case .failed = outcome {
                unrecorded.fail(lease.id, backoff, now)
                continue
            }
            if let ending = ordered[lease.id]?.ending ?? expiry(of: lease, begun) {
                _ = lease.apply(ending.event, now: begun)
                steps.append(ending)
            }
            if let ended = step(lease, outcome, now) { steps.append(ended) }
            if case .gone = outcome { lookLate(for: lease, goneAt: now) }
            unrecorded.settle(lease.id)
        }
        unrecorded.owe(steps, at: now)
    }

    /// What claiming it would have recorded.
    private func expiry(of lease: Lease, _ now: Date) -> LeaseStep? {
        guard lease.state == .active else { return nil }
        return LeaseStep(lease.id, .ending(.expired, attemptAt: now), audit: .expired(lease, at: now))
    }

    /// Said once, however often it is met.
    func cannotRecord(_ why: String) {
        let now = timekeeper.now()
        if unrecorded.failedWrites == 0 {
            logger.error(
                "the state cannot be written, leases are ended all the same", metadata: ["why": "\(why)"])
        }
        unrecorded.failedWrites += 1
        unrecorded.retryAt = now.addingTimeInterval(backoff.delay(after: unrecorded.failedWrites))
    }

    /// Records what is owed, oldest first; in one lane only, so that nothing is recorded twice.
    /// - Returns: whether the state may be written to, as far as is known.
    func recordOwed(_ attempt: Attempt) async -> Bool {
        let now = timekeeper.now()
        if let retryAt = unrecorded.retryAt, retryAt > now { return false }
        guard !unrecorded.isEmpty else { return true }
        guard attempt == .first else { return false }
        do {
            while let first = unrecorded.owed.first {
                _ = try await store.apply(first.steps, now: first.at)
                unrecorded.recordedFirst()
            }
            let ordered = unrecorded.ordered.values.map(\.ending)
            if !ordered.isEmpty { _ = try await store.apply(ordered, now: now) }
            unrecorded.recorded(ordered)
            logger.info("what was ended meanwhile is on record")
            // More may have come while this was written.
            return unrecorded.forget()
        } catch .unwritable(let why) {
            cannotRecord(why)
        } catch {
            logger.error("ended leases not recorded", metadata: ["error": "\(error)"])
            unrecorded.retryAt = now.addingTimeInterval(1)
        }
        return false
    }
}

extension Array {
    fileprivate func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
