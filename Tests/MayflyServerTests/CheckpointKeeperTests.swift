import Foundation
import Logging
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyTesting
import MayflyTrail
import Synchronization
import Testing

@testable import MayflyServer

/// Keys in memory, as files would have them.
private final class FakeKeys: CheckpointKeys {
    struct State {
        var current: SigningKey?
        var next: SigningKey?
        var nextFailure: (any Error)?
        var failure: (any Error)?
        var last = RememberedCheckpoint.missing
        var lastFailure: (any Error)?
    }
    struct Trouble: Error {}

    let state = Mutex(State())

    func current() throws -> SigningKey? { state.withLock { $0.current } }
    func last() throws -> RememberedCheckpoint {
        try state.withLock { state in
            if let failure = state.lastFailure { throw failure }
            return state.last
        }
    }
    func remember(_ signed: SignedCheckpoint?) throws {
        state.withLock { $0.last = signed.map { .checkpoint($0) } ?? .nothing }
    }
    func next() throws -> SigningKey? {
        try state.withLock { state in
            if let failure = state.nextFailure { throw failure }
            return state.next
        }
    }

    func create() throws -> SigningKey {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            let key = try SigningKey()
            state.current = key
            return key
        }
    }

    func promote() throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.current = state.next
            state.next = nil
        }
    }

    func prepare(_ next: SigningKey) { state.withLock { $0.next = next } }
    func fail(_ failure: (any Error)?) { state.withLock { $0.failure = failure } }
}

@Suite("The keeper of checkpoints") struct CheckpointKeeperTests {
    private let store = InMemoryStore()
    private let keys = FakeKeys()
    private let clock = ManualClock()

    private let condition = TrailCondition()

    private func keeper(
        of other: InMemoryStore? = nil, installation: String = "test", appendTo: [String] = [],
        keepDays: Int? = nil
    ) -> CheckpointKeeper {
        CheckpointKeeper(
            store: other ?? store, keys: keys, installation: installation, timekeeper: .manual(clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, condition: condition,
            terms: {
                var terms = AuditTerms()
                terms.appendTo = appendTo
                terms.keepDays = keepDays
                return terms
            })
    }

    private func record(_ count: Int = 1) async throws {
        try await store.record(
            (0..<count).map { _ in
                AuditEvent(at: Timekeeper.manual(clock).now(), actor: .broker, action: .accessDenied)
            })
    }

    private func checkpoints() async throws -> [SignedCheckpoint] {
        try await store.checkpoints(CheckpointQuery(limit: 1000))
    }

    /// The whole of it, as an export would give it.
    private func verify(trusting keys: [SigningPublicKey] = []) async throws -> TrailReport {
        var verifier = TrailVerifier(trusting: keys, mayBreakOff: true, mayEndUnsigned: true)
        var checkpoints = try await checkpoints()[...]
        for entry in try await store.trail(after: 0, limit: 10_000) {
            while let next = checkpoints.first, next.checkpoint.sequence < entry.sequence {
                try verifier.take(try AuditMark.line(next).dropLast())
                checkpoints.removeFirst()
            }
            let record = try #require(entry.record)
            try verifier.take(try MayflyJSON.encoder().encode(MayflyAPI.AuditRecord(record)))
        }
        for rest in checkpoints { try verifier.take(try AuditMark.line(rest).dropLast()) }
        return try verifier.finish()
    }

    @Test(
        "The first start makes a key; from then on there is one at each interval in which something was recorded"
    )
    func interval() async throws {
        try await record()
        let keeper = keeper()
        await keeper.tick()
        #expect(try await checkpoints().map(\.checkpoint.sequence) == [2])
        #expect(try await store.audit(AuditQuery()).map(\.event.action) == [.accessDenied, .auditKeyCreated])
        try await record(3)
        await keeper.tick()
        #expect(try await checkpoints().count == 1)
        clock.advance(by: .seconds(299))
        await keeper.tick()
        #expect(try await checkpoints().count == 1)
        clock.advance(by: .seconds(1))
        await keeper.tick()
        #expect(try await checkpoints().map(\.checkpoint.sequence) == [2, 5])
        clock.advance(by: .seconds(600))
        await keeper.tick()
        #expect(try await checkpoints().count == 2)
        let key = try #require(try keys.current()).publicKey
        let report = try await verify(trusting: [key])
        #expect((report.checkpoints, report.signedUpTo, report.keys) == (2, 5, [key.hex]))
    }

    @Test("A next key is named by the old one, and signs from then on")
    func rotation() async throws {
        let keeper = keeper()
        await keeper.tick()
        let old = try #require(try keys.current()).publicKey
        let next = try SigningKey()
        keys.prepare(next)
        await keeper.tick()
        #expect(try keys.current()?.publicKey == next.publicKey)
        #expect(try keys.next() == nil)
        try await record()
        clock.advance(by: .seconds(300))
        await keeper.tick()
        let all = try await checkpoints().map(\.checkpoint)
        #expect(all.map(\.key) == [old.hex, old.hex, next.publicKey.hex, next.publicKey.hex])
        #expect(all.map(\.nextKey) == [nil, next.publicKey.hex, nil, nil])
        let report = try await verify(trusting: [old, next.publicKey])
        #expect(report.keys == [old.hex, next.publicKey.hex])
        #expect(try await store.audit(AuditQuery(action: .auditKeyChanged)).map(\.event.outcome) == [.done])
    }

    @Test(
        "Cut short between the checkpoint that names the next key and the file, the next life goes on with it"
    )
    func cutShort() async throws {
        let first = keeper()
        await first.tick()
        let next = try SigningKey()
        keys.prepare(next)
        keys.fail(FakeKeys.Trouble())
        await first.tick()  // the checkpoint is there; the file stays
        #expect(try keys.current()?.publicKey != next.publicKey)
        #expect(try await checkpoints().last?.checkpoint.nextKey == next.publicKey.hex)
        // Even while the file cannot be put in place, what is signed is signed by the key that was named.
        let second = keeper()
        try await record()
        await second.tick()
        #expect(try await checkpoints().last?.checkpoint.key == next.publicKey.hex)
        keys.fail(nil)
        await second.tick()
        #expect(try keys.current()?.publicKey == next.publicKey)
        #expect(try keys.next() == nil)
        #expect(try await checkpoints().filter { $0.checkpoint.nextKey != nil }.count == 1)
        _ = try await verify()
    }

    @Test(
        "A key that was exchanged without the old one is on record as failed, and a verifier names the checkpoint"
    )
    func exchanged() async throws {
        await keeper().tick()
        keys.state.withLock { $0.current = nil }
        try await record()
        await keeper().tick()
        let changed = try await store.audit(AuditQuery(action: .auditKeyCreated))
        #expect(changed.map(\.event.outcome) == [.done, .failed])
        let fault = await #expect(throws: TrailFault.self) { try await verify() }
        #expect(fault?.place == .checkpoint(2))
    }

    @Test("A state that cannot be written costs no key and no checkpoint that was told of; later all goes on")
    func unwritable() async throws {
        let keeper = keeper()
        store.fail(with: .unwritable("the disk is full"))
        await keeper.tick()
        #expect(try await checkpoints().isEmpty)
        store.fail(with: nil)
        try await record()
        clock.advance(by: .seconds(300))
        await keeper.tick()
        #expect(try await !checkpoints().isEmpty)
        _ = try await verify()
    }

    @Test(
        "A file elsewhere gets each checkpoint once and in order, after trouble what it lacks, and a cut line is ended"
    )
    func file() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/checkpoints.jsonl"
            let keeper = keeper(appendTo: [path])
            for _ in 0..<3 {
                try await record()
                clock.advance(by: .seconds(300))
                await keeper.tick()
            }
            func numbers() throws -> [Int64] {
                try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).compactMap { line in
                    if case .checkpoint(let signed)? = TrailLine(line) {
                        signed.checkpoint.number
                    } else {
                        nil
                    }
                }
            }
            #expect(try numbers() == [1, 2, 3])
            // A crash left half a line; three more were made while it could not be written.
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"checkpoint":{"at":"2026"#.utf8))
            try handle.close()
            let without = self.keeper()
            for _ in 0..<3 {
                try await record()
                clock.advance(by: .seconds(300))
                await without.tick()
            }
            await self.keeper(appendTo: [path]).tick()
            #expect(try numbers() == [1, 2, 3, 4, 5, 6])
            // Moved away: the new one begins with the newest.
            try FileManager.default.removeItem(atPath: path)
            await self.keeper(appendTo: [path]).tick()
            #expect(try numbers() == [6])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // A link is not followed.
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: directory + "/other")
            await self.keeper(appendTo: [path]).tick()
            #expect(!FileManager.default.fileExists(atPath: directory + "/other"))
        }
    }

    /// A state without checkpoints and with another log, which agrees with itself.
    private func rewritten() async throws -> InMemoryStore {
        let other = InMemoryStore()
        try await other.record([
            AuditEvent(at: Timekeeper.manual(clock).now(), actor: .broker, action: .daemonStarted)
        ])
        return other
    }

    private func objections(in store: InMemoryStore) async throws -> [String?] {
        try await store.audit(AuditQuery(action: .auditDiffers)).map { $0.event.details["why"] }
    }

    @Test("A log that was written anew without its checkpoints, or set back, is not signed: it is said, once")
    func rewrittenState() async throws {
        try await record()
        await keeper().tick()
        let other = try await rewritten()
        let next = keeper(of: other)
        await next.tick()
        clock.advance(by: .seconds(300))
        await next.tick()
        #expect(try await other.checkpoints(CheckpointQuery()).isEmpty)
        let said = try await objections(in: other)
        #expect(said.count == 1)
        #expect(
            said.first??.contains("checkpoint 1, which is known beside the key, is not in the state") == true)
        #expect(condition.objection == said.first ?? nil)
        // What was signed is back: all goes on.
        let back = keeper()
        clock.advance(by: .seconds(300))
        try await record()
        await back.tick()
        #expect(condition.objection == nil)
        #expect(try await checkpoints().count == 2)
        _ = try await verify()
    }

    @Test(
        "A file elsewhere with a checkpoint that we signed and do not have tells of a state that was set back"
    )
    func fileAhead() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/checkpoints.jsonl"
            try await record()
            await keeper(appendTo: [path]).tick()
            let before = try Data(contentsOf: URL(filePath: path))
            keys.state.withLock { $0.last = .missing }  // whoever set it back removed this, too
            let other = try await rewritten()
            await keeper(of: other, appendTo: [path]).tick()
            #expect(try await other.checkpoints(CheckpointQuery()).isEmpty)
            #expect(
                try await objections(in: other).first??.contains(
                    "which was signed here and is not in the state")
                    == true)
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test("Lines that others put into a file elsewhere hold back none of ours, and are on record once")
    func foreignLines() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/checkpoints.jsonl"
            try await record()
            let keeper = keeper(appendTo: [path])
            await keeper.tick()
            let forger = try SigningKey()
            let forged = AuditCheckpoint(
                installation: "test", number: 1 << 40, previous: AuditEncoding.genesis,
                at: Timekeeper.manual(clock).now(), sequence: 1 << 40, hash: AuditEncoding.genesis,
                key: forger.publicKey.hex)
            let line = try AuditMark.line(
                SignedCheckpoint(checkpoint: forged, signature: try forger.sign(forged.bytes)))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(line))
            try handle.close()
            for _ in 0..<3 {
                try await record()
                clock.advance(by: .seconds(300))
                await keeper.tick()
            }
            let there = try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).compactMap { line in
                if case .checkpoint(let signed)? = TrailLine(line) { signed.checkpoint.number } else { nil }
            }
            #expect(there == [1, 1 << 40, 2, 3, 4])
            #expect(try await objections(in: store).count == 1)
            #expect(condition.objection == nil)
        }
    }

    @Test(
        "Where what was signed last is gone, nothing is signed until whoever has the host says so, on record")
    func forgotten() async throws {
        try await record()
        await keeper().tick()
        try await record()
        keys.state.withLock { $0.last = .missing }
        let keeper = keeper()
        for _ in 0..<3 {
            await keeper.tick()
            clock.advance(by: .seconds(300))
        }
        #expect(try await checkpoints().count == 1)
        #expect(try await objections(in: store).count == 1)
        #expect(condition.objection?.contains("not beside the key any more") == true)
        #expect(keys.state.withLock { $0.last } == .missing)
        keys.state.withLock { $0.last = .accepted }
        await keeper.tick()
        #expect(condition.objection == nil)
        let made = try await checkpoints()
        #expect(made.count == 2)
        #expect(keys.state.withLock { $0.last } == .checkpoint(try #require(made.last)))
        let accepted = try await store.audit(AuditQuery(action: .auditAccepted)).map(\.event)
        #expect(accepted.map(\.outcome) == [.failed])
        #expect(accepted.first?.details["why"]?.contains("not beside the key any more") == true)
        _ = try await verify()
        // Once: the next life has nothing to accept.
        try await record()
        await self.keeper().tick()
        #expect(try await store.audit(AuditQuery(action: .auditAccepted)).count == 1)
        #expect(try await checkpoints().count == 3)
    }

    @Test("What was signed last and cannot be read is as good as gone, and said")
    func unreadableLast() async throws {
        try await record()
        await keeper().tick()
        try await record()
        keys.state.withLock { $0.lastFailure = FakeKeys.Trouble() }
        await keeper().tick()
        #expect(try await checkpoints().count == 1)
        #expect(try await objections(in: store).first??.contains("what was signed last is not known") == true)
        #expect(condition.objection != nil)
    }

    @Test("A key is there, and no checkpoint of a log that is not new: they were deleted")
    func deletedWithAll() async throws {
        let other = InMemoryStore()
        for _ in 0..<2 {
            try await other.record([
                AuditEvent(at: Timekeeper.manual(clock).now(), actor: .broker, action: .daemonStarted)
            ])
        }
        keys.state.withLock { $0.current = try? SigningKey() }
        await keeper(of: other).tick()
        #expect(try await other.checkpoints(CheckpointQuery()).isEmpty)
        #expect(try await objections(in: other).first??.contains("they were deleted") == true)
        // A key that was brought along at the very first start is used, on record.
        await keeper().tick()
        #expect(try await checkpoints().count == 1)
        #expect(try await store.audit(AuditQuery(action: .auditKeyCreated)).count == 1)
    }

    @Test(
        "Neither junk nor an old checkpoint written again at a file's end hides what was signed here and is not in the state",
        arguments: [
            String(repeating: "\n", count: 40_000), String(repeating: "x\n", count: 20_000), "again",
            String(repeating: "x", count: 2 << 20) + "\n",
        ])
    func buried(_ junk: String) async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/checkpoints.jsonl"
            try await record()
            await keeper(appendTo: [path]).tick()
            let (old, first) = (store.copy(), try Data(contentsOf: URL(filePath: path)))
            try await record()
            clock.advance(by: .seconds(300))
            await keeper(appendTo: [path]).tick()
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: junk == "again" ? first : Data(junk.utf8))
            try handle.close()
            let before = try Data(contentsOf: URL(filePath: path))
            // Set back to the first checkpoint, with what is beside the key.
            keys.state.withLock { $0.last = .nothing }
            let keeper = keeper(of: old, appendTo: [path])
            try await old.record([
                AuditEvent(at: Timekeeper.manual(clock).now(), actor: .broker, action: .accessDenied)
            ])
            await keeper.tick()
            #expect(try await old.checkpoints(CheckpointQuery()).count == 1)
            #expect(
                try await objections(in: old).compactMap(\.self).contains {
                    $0.contains("checkpoint 2, which was signed here and is not in the state")
                })
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test("Junk at a file's end costs it no checkpoint, and is on record; so is that it lost some")
    func junk() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/checkpoints.jsonl"
            try await record()
            let first = keeper(appendTo: [path])
            await first.tick()
            let without = keeper()
            for _ in 0..<3 {
                try await record()
                clock.advance(by: .seconds(300))
                await without.tick()
            }
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(String(repeating: "junk\n", count: 10_000).utf8))
            try handle.close()
            let second = keeper(appendTo: [path])
            await second.tick()
            func numbers() throws -> [Int64] {
                try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).compactMap { line in
                    if case .checkpoint(let signed)? = TrailLine(line) {
                        signed.checkpoint.number
                    } else {
                        nil
                    }
                }
            }
            // The fifth covers the record that tells of it.
            #expect(try numbers() == [1, 2, 3, 4, 5])
            #expect(
                try await objections(in: store).compactMap(\.self).map { $0.contains("others' lines") } == [
                    true
                ])
            await second.tick()
            #expect(try numbers() == [1, 2, 3, 4, 5])
            try Data().write(to: URL(filePath: path))
            await second.tick()
            #expect(
                try await objections(in: store).compactMap(\.self).last?.contains("has lost checkpoints")
                    == true)
            #expect(try numbers() == [5])
            // One that cannot be looked through stops nothing, and is on record.
            try FileManager.default.removeItem(atPath: path)
            #expect(mkfifo(path, 0o600) == 0)
            try await record()
            clock.advance(by: .seconds(300))
            await keeper(appendTo: [path]).tick()
            #expect(
                try await objections(in: store).compactMap(\.self).last?.contains("no regular file") == true)
            #expect(try await checkpoints().count == 6)
        }
    }

    @Test("What comes between the look and the signature is looked at, too", arguments: [false, true])
    func meanwhile(_ isChanged: Bool) async throws {
        let keeper = keeper()
        try await record(3)
        await keeper.tick()
        try await record(3)
        clock.advance(by: .seconds(300))
        let event = AuditEvent(at: Timekeeper.manual(clock).now(), actor: .broker, action: .accessDenied)
        store.recordAtCheckpoint([event, event], changed: isChanged ? [8] : [])
        await keeper.tick()
        #expect(try await checkpoints().map(\.checkpoint.sequence) == (isChanged ? [4] : [4, 9]))
        #expect(condition.objection == (isChanged ? "record 8 was changed" : nil))
    }

    @Test("A clock that jumps ahead has nothing removed before it stood so for a day, and that is said")
    func clockJump() async throws {
        let wall = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        let clock = clock
        let timekeeper = Timekeeper(now: { wall.withLock { $0 } }, clock: clock)
        let keeper = CheckpointKeeper(
            store: store, keys: keys, installation: "test", timekeeper: timekeeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, condition: condition,
            terms: {
                var terms = AuditTerms()
                terms.keepDays = 30
                return terms
            })
        func pass(_ seconds: TimeInterval, wallBy moved: TimeInterval? = nil) async {
            clock.advance(by: .seconds(seconds))
            wall.withLock { $0 += moved ?? seconds }
            await keeper.tick()
        }
        try await store.record(
            (0..<5).map { _ in AuditEvent(at: wall.withLock { $0 }, actor: .broker, action: .accessDenied) })
        await keeper.tick()
        await pass(600)
        // Forty days within a second; the record of that goes on.
        await pass(1, wallBy: 40 * 86_400)
        await pass(61)
        #expect(try await store.pruned() == nil)
        #expect(condition.trouble?.contains("the clock is ahead of what passed") == true)
        // Nor in the next life, which finds the time that was believed.
        let saved = try #require(try await store.memo("audit.believed_time").flatMap(Int64.init))
        #expect(Date(milliseconds: saved) < Date(timeIntervalSince1970: 1_800_000_000 + 86_400))
        // Back again: nothing was lost.
        await pass(61, wallBy: -40 * 86_400)
        #expect(condition.trouble == nil)
        #expect(try await store.pruned() == nil)
        // It stays: after a day it is believed.
        await pass(61, wallBy: 40 * 86_400)
        for _ in 0..<24 { await pass(3600) }
        await pass(61)
        #expect(condition.trouble == nil)
        #expect(try await store.pruned()?.sequence ?? 0 >= 5)
    }

    @Test("When the last checkpoint was made and what keeps the next from being made can be asked")
    func asked() async throws {
        let keeper = keeper()
        await keeper.tick()
        #expect(condition.last?.sequence == 1)
        #expect(condition.trouble == nil)
        try await record()
        clock.advance(by: .seconds(300))
        store.fail(with: .unwritable("the disk is full"))
        await keeper.tick()
        #expect(condition.trouble?.contains("the disk is full") == true)
        store.fail(with: nil)
        clock.advance(by: .seconds(10))
        await keeper.tick()
        #expect(condition.trouble == nil)
        #expect(condition.last?.sequence == 2)
    }

    @Test("The log of one installation is not signed in the name of another")
    func renamed() async throws {
        await keeper().tick()
        try await record()
        await keeper(installation: "other").tick()
        #expect(try await checkpoints().count == 1)
        #expect(condition.objection?.contains("give it its name again") == true)
    }

    @Test("A next key that cannot be read stops no checkpoint")
    func unreadableNext() async throws {
        await keeper().tick()
        keys.state.withLock { $0.nextFailure = FakeKeys.Trouble() }
        try await record()
        await keeper().tick()
        #expect(try await checkpoints().count == 2)
    }

    @Test("A checkpoint that failed is tried again after ten seconds, and not after an interval")
    func triedAgain() async throws {
        let keeper = keeper()
        await keeper.tick()
        try await record()
        clock.advance(by: .seconds(300))
        store.fail(with: .unwritable("the disk is full"))
        await keeper.tick()
        store.fail(with: nil)
        clock.advance(by: .seconds(10))
        await keeper.tick()
        #expect(try await checkpoints().count == 2)
    }
}
