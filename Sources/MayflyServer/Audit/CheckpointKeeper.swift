import Foundation
package import Logging
package import MayflyCore
import MayflyCrypto
import ServiceLifecycle
import Synchronization

/// Signs a checkpoint of the audit log at an interval, at the end, and when the key changes.
///
/// It comes before the broker among the services, and so ends after it: the last checkpoint covers the record of the stop.
/// What fails, a full disk or a key that cannot be read, is logged and tried again; leases go on meanwhile, as their records
/// are chained in any case.
///
/// A key is changed by putting the next one beside the one in force (`mayflyd audit rotate-key`): a checkpoint that is signed
/// by the old one names the new one, in a durable commit; then the new file takes the old one's place. Cut short between
/// the two, the next life sees by the last checkpoint which key it has to use.
package final class CheckpointKeeper: Service {
    private struct State {
        var key: SigningKey?
        var signedAt: Date?
        var prunedAt: Date?
        var failure: String?
    }

    /// How often it is looked whether something is due.
    private static let pause = Duration.seconds(1)
    /// That a file elsewhere may be behind.
    private static let mostBehind = 1000
    /// Records that are removed in one commit, and how often it is looked whether there are some.
    private static let prunedAtOnce = 1000
    private static let pruneEvery: TimeInterval = 60

    private let store: any Store
    private let keys: any CheckpointKeys
    private let installation: String
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let terms: @Sendable () -> AuditTerms
    private let state = Mutex(State())

    package init(
        store: any Store, keys: any CheckpointKeys, installation: String, timekeeper: Timekeeper,
        logger: Logger, terms: @escaping @Sendable () -> AuditTerms
    ) {
        self.store = store
        self.keys = keys
        self.installation = installation
        self.timekeeper = timekeeper
        self.logger = logger
        self.terms = terms
    }

    package func run() async throws {
        // Cancelled by the graceful shutdown, which is what it waits for.
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await tick()
                try await timekeeper.sleep(for: Self.pause)
            }
        }
        await attempt { [self] in try await sign() }
        await deliver()
    }

    /// What is due now.
    package func tick() async {
        await attempt { [self] in
            let key = try await key()
            if let next = try keys.next() { try await change(from: key, to: next) }
        }
        let now = timekeeper.now()
        let isDue = state.withLock { state in
            guard let at = state.signedAt else { return true }
            return now.timeIntervalSince(at) >= TimeInterval(terms().checkpointEvery)
        }
        if isDue {
            await attempt { [self] in try await sign() }
            state.withLock { $0.signedAt = now }
        }
        await attempt { [self] in try await prune(now) }
        await deliver()
    }

    /// Each trouble is logged when it begins.
    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
            state.withLock { $0.failure = nil }
        } catch {
            let text = "\(error)"
            let isNews = state.withLock { state in
                defer { state.failure = text }
                return state.failure != text
            }
            if isNews { logger.error("checkpoint not made", metadata: ["error": "\(text)"]) }
        }
    }

    /// The key in force, by the file and by the last checkpoint.
    private func key() async throws -> SigningKey {
        if let key = state.withLock({ $0.key }) { return key }
        let last = try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last
        if let last, let next = try keys.next(), last.checkpoint.keyFromNowOn == next.publicKey.hex {
            // The last life was cut short between the checkpoint that names it and the file, which `tick` puts in place.
            return use(next)
        }
        guard let current = try keys.current() else {
            let created = try keys.create()
            try await introduce(created, after: last, .auditKeyCreated)
            return use(created)
        }
        if let last, last.checkpoint.keyFromNowOn != current.publicKey.hex {
            logger.error(
                "the key of checkpoints is another than the last checkpoint names",
                metadata: ["key": "\(current.publicKey)", "named": "\(last.checkpoint.keyFromNowOn)"])
            try await introduce(current, after: last, .auditKeyChanged)
        }
        return use(current)
    }

    private func use(_ key: SigningKey) -> SigningKey {
        state.withLock { $0.key = key }
        return key
    }

    /// A key that no checkpoint named: on record, and with the first checkpoint that it signs.
    private func introduce(
        _ key: SigningKey, after last: SignedCheckpoint?, _ action: AuditEvent.Action
    ) async throws {
        let now = timekeeper.now()
        var event = AuditEvent(
            at: now, actor: .broker, action: action, details: ["key": key.publicKey.hex])
        if let last {
            event.outcome = .failed
            event.details["key_before"] = last.checkpoint.keyFromNowOn
        }
        _ = try await store.addCheckpoint(recording: [event]) { [installation] ground in
            try Self.signed(ground, by: key, next: nil, installation: installation, at: now)
        }
    }

    private func change(from key: SigningKey, to next: SigningKey) async throws {
        guard next.publicKey != key.publicKey else { return try keys.promote() }
        let now = timekeeper.now()
        let event = AuditEvent(
            at: now, actor: .broker, action: .auditKeyChanged,
            details: ["key": next.publicKey.hex, "key_before": key.publicKey.hex])
        _ = try await store.addCheckpoint(recording: [event]) { [installation] ground in
            try Self.signed(
                ground, by: key, next: next.publicKey, installation: installation, at: now)
        }
        _ = use(next)
        Failpoint.keyNamed.hit()
        try keys.promote()
        // At once, so that who has only the next key can verify from now on.
        _ = try await store.addCheckpoint(recording: []) { [installation] ground in
            try Self.signed(ground, by: next, next: nil, installation: installation, at: now)
        }
        logger.notice("key of checkpoints changed", metadata: ["key": "\(next.publicKey)"])
    }

    /// Now, for somebody who is about to verify.
    /// - Returns: the record that the log is signed up to; nil where that cannot be said.
    package func seal() async -> Int64? {
        do {
            try await sign()
            return try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last?.checkpoint
                .sequence
        } catch {
            logger.error("checkpoint not made", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Nothing, where the last one covers all.
    private func sign() async throws {
        let key = try await key()
        let now = timekeeper.now()
        _ = try await store.addCheckpoint(recording: []) { [installation] ground in
            if let last = ground.last, last.checkpoint.sequence == ground.sequence { return nil }
            return try Self.signed(ground, by: key, next: nil, installation: installation, at: now)
        }
        Failpoint.checkpointSigned.hit()
    }

    /// What is older than it has to be kept.
    private func prune(_ now: Date) async throws {
        guard let days = terms().keepDays else { return }
        let isDue = state.withLock { state in
            guard let at = state.prunedAt else { return true }
            return now.timeIntervalSince(at) >= Self.pruneEvery
        }
        guard isDue else { return }
        let moment = now.addingTimeInterval(TimeInterval(-days) * 86_400)
        guard let last = try await store.prunable(before: moment, limit: Self.prunedAtOnce) else {
            return state.withLock { $0.prunedAt = now }
        }
        let key = try await key()
        let event = AuditEvent(
            at: now, actor: .broker, action: .auditPruned,
            details: ["up_to": String(last), "days": String(days)])
        _ = try await store.addCheckpoint(recording: [event], pruningUpTo: last) { [installation] ground in
            try Self.signed(ground, by: key, next: nil, installation: installation, at: now)
        }
    }

    private static func signed(
        _ ground: CheckpointGround, by key: SigningKey, next: SigningPublicKey?, installation: String,
        at now: Date
    ) throws -> SignedCheckpoint {
        let last = ground.last
        let checkpoint = AuditCheckpoint(
            installation: installation, number: (last?.checkpoint.number ?? 0) + 1,
            previous: try last.map { try SHA256Digest(hashing: $0.checkpoint.bytes).hex }
                ?? AuditEncoding.genesis,
            at: now, sequence: ground.sequence, hash: ground.hash, pruned: ground.pruned,
            key: key.publicKey.hex, nextKey: next?.hex)
        return SignedCheckpoint(checkpoint: checkpoint, signature: try key.sign(checkpoint.bytes))
    }

    /// To the files that are to have them. What is told there was committed before, durably.
    private func deliver() async {
        for path in terms().appendTo {
            await attempt { [self] in
                let newest = try await store.checkpoints(
                    CheckpointQuery(newest: true, limit: 1))
                guard let last = newest.last else { return }
                let file = CheckpointFile(path: path)
                let number = try file.lastNumber()
                guard number != last.checkpoint.number else { return }
                var due = newest
                if let number {
                    due = try await store.checkpoints(CheckpointQuery(after: number, limit: Self.mostBehind))
                }
                try file.append(due)
            }
        }
    }
}
