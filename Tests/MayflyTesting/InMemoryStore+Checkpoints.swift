package import Foundation
package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func addCheckpoint(
        recording events: [AuditEvent], pruningUpTo last: Int64?, since examined: Int64?,
        _ make: @escaping @Sendable (CheckpointGround) throws -> SignedCheckpoint?
    ) async throws(StoreError) -> SignedCheckpoint? {
        let late = state.withLock { state in
            defer { state.late = ([], []) }
            return state.late
        }
        // Of somebody else: it stays, whatever comes of the checkpoint.
        if !late.events.isEmpty {
            try write { state throws(StoreError) in
                try state.append(late.events)
                state.changed.formUnion(late.changed)
            }
        }
        return try write { state throws(StoreError) in
            try state.append(events)
            if let last {
                guard last <= state.checkpoints.last?.checkpoint.sequence ?? 0,
                    let record = state.audit.first(where: { $0.sequence == last })
                else { throw .other("what no checkpoint covers is not pruned") }
                state.pruned = .init(sequence: last, hash: record.hash)
            }
            let ground = CheckpointGround(
                sequence: Int64(state.audit.count), hash: state.audit.last?.hash ?? AuditEncoding.genesis,
                pruned: state.pruned, last: state.checkpoints.last,
                since: examined.map { state.trail(after: $0, limit: 1000) } ?? [])
            let made: SignedCheckpoint?
            do { made = try make(ground) } catch { throw .other("an error of type \(type(of: error))") }
            guard let made else {
                if last != nil { throw .other("what is removed needs a checkpoint") }
                return nil
            }
            guard made.checkpoint.number == Int64(state.checkpoints.count + 1) else {
                throw .other("checkpoints are numbered without a gap")
            }
            state.checkpoints.append(made)
            return made
        }
    }

    package func checkpoints(_ query: CheckpointQuery) async throws(StoreError) -> [SignedCheckpoint] {
        state.withLock { state in
            let found = state.checkpoints.filter { $0.checkpoint.number > query.after }
            let limit = max(query.limit, 0)
            return Array(query.newest ? found.suffix(limit) : found.prefix(limit))
        }
    }

    package func checkpointTrail(after: Int64, limit: Int) async throws(StoreError) -> [CheckpointEntry] {
        try await checkpoints(CheckpointQuery(after: after, limit: limit)).map { signed in
            CheckpointEntry(
                number: signed.checkpoint.number, sequence: signed.checkpoint.sequence,
                body: signed.checkpoint.bytes, signed: signed)
        }
    }

    package func pruned() async throws(StoreError) -> AuditCheckpoint.Pruned? { state.withLock { $0.pruned } }

    package func prunable(before moment: Date, limit: Int) async throws(StoreError) -> Int64? {
        state.withLock { state in
            let begin = state.pruned?.sequence ?? 0
            let covered = state.checkpoints.last?.checkpoint.sequence ?? 0
            let most = min(begin + Int64(max(limit, 0)), covered, state.cursors.values.min() ?? .max)
            let old = state.audit.dropFirst(Int(begin)).prefix { $0.sequence <= most && $0.event.at < moment }
            return old.last?.sequence
        }
    }

    package func trail(
        after: Int64, limit: Int, isThorough: Bool
    ) async throws(StoreError) -> [TrailEntry] {
        state.withLock { $0.trail(after: after, limit: limit) }
    }

    /// As if somebody had changed and removed records in the file.
    package func damage(changed: Set<Int64>, gone: Set<Int64>) {
        state.withLock { ($0.changed, $0.gone) = (changed, gone) }
    }

    /// As if somebody had the file.
    package func rewrite(_ edit: (inout [AuditRecord]) throws -> Void) throws {
        try state.withLock { try edit(&$0.audit) }
    }

    /// As if records came, and somebody changed some, between the look at all of them and the commit of a checkpoint.
    package func recordAtCheckpoint(_ events: [AuditEvent], changed: Set<Int64>) {
        state.withLock { $0.late = (events, changed) }
    }

    package func copy() -> InMemoryStore {
        let other = InMemoryStore()
        let state = state.withLock { $0 }
        other.state.withLock { $0 = state }
        return other
    }
}

extension InMemoryStore.State {
    fileprivate func trail(after: Int64, limit: Int) -> [TrailEntry] {
        let there = audit.filter {
            $0.sequence > max(after, pruned?.sequence ?? 0) && !gone.contains($0.sequence)
        }
        return there.prefix(max(limit, 0)).map { record in
            var body = AuditEncoding.bytes(
                sequence: record.sequence, previousHash: record.previousHash, event: record.event)
            if changed.contains(record.sequence) { body[0] ^= 1 }
            return TrailEntry(sequence: record.sequence, body: body, hash: record.hash, record: record)
        }
    }
}
