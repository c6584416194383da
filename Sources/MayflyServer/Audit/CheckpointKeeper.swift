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
///
/// It signs nothing that it did not look at (`LogExamination`): where the log or its checkpoints are not as they were signed,
/// it says so, on record, in its log and in `status`, and makes no checkpoint that would cover that up.
package final class CheckpointKeeper: Service {
    private struct State {
        var key: SigningKey?
        /// By the uptime.
        var signedAt: Duration?
        var triedAt: Duration?
        var prunedAt: Duration?
        var believed: BelievedTime?
        /// By what was tried.
        var failures: [String: String] = [:]
        var examination: LogExamination?
        var objectedAt: Date?
        var files: [String: CheckpointFile] = [:]
        /// What each file elsewhere was seen to have.
        var standings: [String: CheckpointFile.Standing] = [:]
        /// What was said of them.
        var said: Set<String> = []
        /// Until when a file that made trouble is left alone.
        var restingUntil: [String: Date] = [:]
        /// How far each file elsewhere covers the log.
        var covered: [String: Int64] = [:]
    }

    /// How often it is looked whether something is due.
    private static let pause = Duration.seconds(1)
    /// That a file elsewhere may be behind.
    private static let mostBehind = 1000
    /// Records that are removed in one commit, and how often it is looked whether there are some.
    private static let prunedAtOnce = 1000
    private static let pruneEvery = Duration.seconds(60)
    /// The time that is believed, in milliseconds, for the next life; written every ten minutes.
    private static let believedMemo = "audit.believed_time"
    private static let believedEvery: TimeInterval = 600
    /// After what could not be signed.
    private static let againAfter: TimeInterval = 10
    /// How often it is looked whether what was objected to is mended.
    private static let examineAgainAfter: TimeInterval = 60

    private let store: any Store
    private let keys: any CheckpointKeys
    private let installation: String
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let condition: TrailCondition
    private let terms: @Sendable () -> AuditTerms
    private let state = Mutex(State())
    /// Of this life; no clock that somebody can set.
    private let uptime: @Sendable () -> Duration
    /// The number of the last checkpoint that is remembered beside the key; held while that is written.
    private let remembered = Mutex<Int64>(0)

    package init(
        store: any Store, keys: any CheckpointKeys, installation: String, timekeeper: Timekeeper,
        logger: Logger, condition: TrailCondition = TrailCondition(),
        terms: @escaping @Sendable () -> AuditTerms
    ) {
        self.store = store
        self.keys = keys
        self.installation = installation
        self.timekeeper = timekeeper
        self.logger = logger
        self.condition = condition
        self.terms = terms
        uptime = Self.stopwatch(timekeeper.clock)
    }

    package func run() async throws {
        // Cancelled by the graceful shutdown, which is what it waits for.
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await tick()
                try await timekeeper.sleep(for: Self.pause)
            }
        }
        await attempt("sign") { [self] in try await sign() }
        await deliver()
    }

    /// What is due now.
    package func tick() async {
        await attempt("key") { [self] in
            let key = try await key()
            if let next = try keys.next() { try await change(from: key, to: next) }
        }
        let time = uptime()
        let isDue = state.withLock { state in
            if let at = state.triedAt, time - at < .seconds(Self.againAfter) { return false }
            guard let at = state.signedAt else { return true }
            return time - at >= .seconds(terms().checkpointEvery)
        }
        if isDue {
            state.withLock { $0.triedAt = time }
            await attempt("sign") { [self] in
                try await sign()
                state.withLock { ($0.signedAt, $0.triedAt) = (time, nil) }
            }
        }
        await attempt("prune") { [self] in try await prune(timekeeper.now()) }
        await deliver()
    }

    /// Each trouble is logged when it begins.
    private func attempt(_ name: String, _ work: () async throws -> Void) async {
        do {
            try await work()
            state.withLock { $0.failures[name] = nil }
            condition.note(name, nil)
        } catch let objection as TrailObjection {
            await object(objection)
        } catch StoreError.corrupt(let what) {
            await object(TrailObjection(what))
        } catch {
            let text = "\(error)"
            condition.note(name, text)
            let isNews = state.withLock { state in
                defer { state.failures[name] = text }
                return state.failures[name] != text
            }
            if isNews {
                logger.error("checkpoint not made", metadata: ["at": "\(name)", "error": "\(text)"])
            }
        }
    }

    /// Said once, wherever somebody looks: in the log, in `status`, and on record, which what is exported carries away.
    private func object(_ objection: TrailObjection) async {
        let now = timekeeper.now()
        state.withLock { state in
            state.objectedAt = state.objectedAt ?? now
            state.examination = nil
        }
        guard condition.objection != objection.what else { return }
        condition.objection = objection.what
        logger.critical(
            "the audit log is not as it was signed: no checkpoint is made",
            metadata: ["why": "\(objection.what)"])
        let event = AuditEvent(
            at: now, actor: .broker, action: .auditDiffers, outcome: .failed, details: ["why": objection.what]
        )
        do { try await store.record([event]) } catch {
            logger.error("not recorded that the audit log differs", metadata: ["error": "\(error)"])
        }
    }

    /// Adds a checkpoint of what was looked at. The one way to a signature.
    ///
    /// - Parameter unlessCovered: nothing is made where the last one covers all.
    private func add(
        recording events: [AuditEvent] = [], pruningUpTo pruned: Int64? = nil, by key: SigningKey,
        next: SigningPublicKey? = nil, unlessCovered: Bool = false, at now: Date
    ) async throws {
        let isStale = Mutex(false)
        func make() async throws -> SignedCheckpoint? {
            let examination = try await examine(now)
            let last = examination.last
            return try await store.addCheckpoint(
                recording: events, pruningUpTo: pruned, since: examination.sequence
            ) { [installation] ground in
                // What was committed since is looked at here: nothing comes between that and the signature.
                var examination = examination
                do {
                    guard ground.last == last else {
                        throw TrailObjection("another checkpoint is the last by now")
                    }
                    try examination.take(ground.since)
                    guard (examination.sequence, examination.hash) == (ground.sequence, ground.hash) else {
                        throw TrailObjection("the log goes on otherwise than was looked at")
                    }
                } catch {
                    isStale.withLock { $0 = true }
                    throw error
                }
                if unlessCovered, let last, last.checkpoint.sequence == ground.sequence { return nil }
                return try Self.signed(ground, by: key, next: next, installation: installation, at: now)
            }
        }
        let made: SignedCheckpoint?
        do { made = try await make() } catch  where isStale.withLock({ $0 }) {
            // `seal` and `tick` at once, a commit that was said to have failed, or somebody else: all is looked at again.
            state.withLock { $0.examination = nil }
            made = try await make()
        }
        guard let made else { return }
        state.withLock { $0.examination?.signed(made) }
        condition.last = made.checkpoint
        await remember(made)
    }

    /// The checkpoint is made in any case: what comes after it must not go wrong for this.
    private func remember(_ signed: SignedCheckpoint) async {
        await attempt("remember") { [self] in
            try remembered.withLock { remembered in
                guard signed.checkpoint.number > remembered else { return }
                try keys.remember(signed)
                remembered = signed.checkpoint.number
            }
        }
    }

    private func examine(_ now: Date) async throws -> LogExamination {
        let (before, objectedAt) = state.withLock { ($0.examination, $0.objectedAt) }
        if let objectedAt, now.timeIntervalSince(objectedAt) < Self.examineAgainAfter,
            let what = condition.objection
        {
            throw TrailObjection(what)
        }
        state.withLock { $0.objectedAt = nil }
        var examination: LogExamination
        if let before {
            examination = before
        } else {
            examination = try await LogExamination(store: store, keys: keys, installation: installation)
            for path in terms().appendTo {
                state.withLock { $0.standings[path] = nil }
                do { _ = try await look(at: path, newest: examination.last) } catch let failure
                    as CheckpointFile.Failure
                {
                    // Whether the state was set back cannot be told by it: no reason to sign nothing, and one to say so.
                    await say(failure.description)
                }
            }
            try await accept(examination, now)
        }
        var isMore = true
        while isMore {
            isMore = try await examination.goOn(in: store)
            state.withLock { [examination] in $0.examination = examination }
        }
        if condition.objection != nil {
            condition.objection = nil
            logger.notice("the audit log is as it was signed again")
        }
        condition.last = examination.last?.checkpoint
        // A crash may have come between the commit and this.
        if let last = examination.last { await remember(last) }
        return examination
    }

    /// What whoever has the host says to go on with, and a first start, which leaves no doubt from then on.
    private func accept(_ examination: LogExamination, _ now: Date) async throws {
        switch examination.remembered {
        case .nothing, .checkpoint: return
        case .missing: break
        case .accepted:
            var details: [String: String] = [:]
            details["why"] = condition.objection
            details["key"] = examination.last?.checkpoint.keyFromNowOn
            logger.notice("the state is taken as it is", metadata: ["why": "\(condition.objection ?? "")"])
            try await store.record([
                AuditEvent(
                    at: now, actor: .broker, action: .auditAccepted, outcome: .failed, details: details)
            ])
        }
        try remembered.withLock { remembered in
            try keys.remember(examination.last)
            remembered = examination.last?.checkpoint.number ?? 0
        }
    }

    /// The key in force, by the file and by the last checkpoint.
    private func key() async throws -> SigningKey {
        if let key = state.withLock({ $0.key }) { return key }
        let last = try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last
        // One that cannot be read, made by another user, stops nothing while the last checkpoint does not name it.
        let next = Result { try keys.next() }
        if let last, case .success(let next?) = next, last.checkpoint.keyFromNowOn == next.publicKey.hex {
            // The last life was cut short between the checkpoint that names it and the file, which `tick` puts in place.
            return use(next)
        }
        guard let current = try keys.current() else {
            _ = try next.get()
            // Before the key: from then on one that is missing was taken away.
            if last == nil, try keys.last() == .missing { try keys.remember(nil) }
            let created = try keys.create()
            try await introduce(created, after: last, .auditKeyCreated)
            return use(created)
        }
        guard let last else {
            try await introduce(current, after: nil, .auditKeyCreated)
            return use(current)
        }
        if last.checkpoint.keyFromNowOn != current.publicKey.hex {
            _ = try next.get()
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
        try await add(recording: [event], by: key, at: now)
    }

    private func change(from key: SigningKey, to next: SigningKey) async throws {
        guard next.publicKey != key.publicKey else { return try keys.promote() }
        let now = timekeeper.now()
        let event = AuditEvent(
            at: now, actor: .broker, action: .auditKeyChanged,
            details: ["key": next.publicKey.hex, "key_before": key.publicKey.hex])
        try await add(recording: [event], by: key, next: next.publicKey, at: now)
        _ = use(next)
        Failpoint.keyNamed.hit()
        try keys.promote()
        // At once, so that who has only the next key can verify from now on.
        try await add(by: next, at: now)
        logger.notice("key of checkpoints changed", metadata: ["key": "\(next.publicKey)"])
    }

    /// Now, for somebody who is about to verify.
    /// - Returns: the record that the log is signed up to; nil where that cannot be said.
    package func seal() async -> Int64? {
        do {
            try await sign()
            return try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last?.checkpoint
                .sequence
        } catch let objection as TrailObjection {
            await object(objection)
            return nil
        } catch StoreError.corrupt(let what) {
            await object(TrailObjection(what))
            return nil
        } catch {
            logger.error("checkpoint not made", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Nothing, where the last one covers all.
    private func sign() async throws {
        let key = try await key()
        try await add(by: key, unlessCovered: true, at: timekeeper.now())
        Failpoint.checkpointSigned.hit()
    }

    /// What is older than it has to be kept.
    private func prune(_ now: Date) async throws {
        guard let days = terms().keepDays else { return }
        let isDue = state.withLock { state in
            guard let at = state.prunedAt else { return true }
            return uptime() - at >= Self.pruneEvery
        }
        guard isDue else { return }
        let moment = try await believe(now).addingTimeInterval(TimeInterval(-days) * 86_400)
        // What leaves us has a witness elsewhere, where there is to be one.
        let covered = state.withLock { state in terms().appendTo.map { state.covered[$0] ?? 0 }.min() ?? .max
        }
        guard let due = try await store.prunable(before: moment, limit: Self.prunedAtOnce),
            case let last = min(due, covered), last > (try await store.pruned()?.sequence ?? 0)
        else { return state.withLock { $0.prunedAt = uptime() } }
        let key = try await key()
        let event = AuditEvent(
            at: now, actor: .broker, action: .auditPruned,
            details: ["up_to": String(last), "days": String(days)])
        try await add(recording: [event], pruningUpTo: last, by: key, at: now)
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// What is removed never comes back: a clock that is wrong for a while must not have it done.
    private func believe(_ now: Date) async throws -> Date {
        let known = state.withLock { $0.believed }
        var believed: BelievedTime
        if let known {
            believed = known
        } else {
            let saved = try await store.memo(Self.believedMemo).flatMap(Int64.init).map(
                Date.init(milliseconds:))
            believed = BelievedTime(at: saved ?? now, uptime: uptime())
        }
        let isAhead = believed.look(at: now, uptime: uptime())
        condition.note(
            "clock",
            isAhead
                ? "the clock is ahead of what passed since \(AuditEncoding.timestamp(believed.at)): nothing is removed by"
                    + " it before it stood so for a day" : nil)
        if now.timeIntervalSince(believed.savedAt ?? .distantPast) >= Self.believedEvery {
            believed.savedAt = now
            try await store.setMemo(Self.believedMemo, to: String(believed.at.milliseconds))
        }
        state.withLock { $0.believed = believed }
        return believed.at
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
        let bytes = checkpoint.bytes
        // As it will be read: a moment between two milliseconds is written to a file as the other one.
        return SignedCheckpoint(
            checkpoint: AuditCheckpoint(bytes: bytes) ?? checkpoint, signature: try key.sign(bytes))
    }

    /// To the files that are to have them. What is told there was committed before, durably.
    private func deliver() async {
        for path in terms().appendTo {
            let now = timekeeper.now()
            let isResting = state.withLock { state in
                if let until = state.restingUntil[path], now < until { return true }
                // It is looked through anew with all else, once a minute.
                return condition.objection != nil && state.standings[path] == nil
            }
            if isResting { continue }
            let name = "append to \(path.quoted(limit: 100))"
            await attempt(name) { [self] in
                guard let newest = try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last
                else { return }
                let there = try await look(at: path, newest: newest)
                let after = there.upTo ?? newest.checkpoint.number - 1
                let due = try await store.checkpoints(CheckpointQuery(after: after, limit: Self.mostBehind))
                try await file(path).append(due)
                let reached = due.last ?? newest
                state.withLock { $0.covered[path] = reached.checkpoint.sequence }
            }
            state.withLock { state in
                state.restingUntil[path] =
                    state.failures[name] == nil ? nil : now.addingTimeInterval(Self.againAfter)
            }
        }
    }

    private func file(_ path: String) -> CheckpointFile {
        state.withLock { state in
            let file = state.files[path] ?? CheckpointFile(path: path)
            state.files[path] = file
            return file
        }
    }

    /// What of it is not the state's is said, and ours go on after it: it may be one that nothing can be taken out of.
    private func look(at path: String, newest: SignedCheckpoint?) async throws -> CheckpointFile.Standing {
        let before = state.withLock { $0.standings[path] }
        let view = CheckpointView(
            store, newest: newest, installation: installation, key: try keys.current()?.publicKey.hex)
        let there: CheckpointFile.Standing
        do { there = try await file(path).look(since: before, against: view) } catch {
            if error is TrailObjection { state.withLock { $0.standings[path] = nil } }
            throw error
        }
        state.withLock { $0.standings[path] = there }
        let shown = path.quoted(limit: 100)
        if there.foreign > 0 {
            await say("\(shown) has checkpoints that are not of this log, or others' lines")
        }
        if there.hasShrunk { await say("\(shown) has lost checkpoints that it had") }
        return there
    }

    /// Once in a life, in the log and on record.
    private func say(_ why: String) async {
        guard state.withLock({ $0.said.insert(why).inserted }) else { return }
        logger.error("a file of checkpoints is not as it should be", metadata: ["why": "\(why)"])
        let event = AuditEvent(
            at: timekeeper.now(), actor: .broker, action: .auditDiffers, outcome: .failed,
            details: ["why": why])
        do { try await store.record([event]) } catch {
            state.withLock { _ = $0.said.remove(why) }
            logger.error("that is not recorded", metadata: ["error": "\(error)"])
        }
    }
}
