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
        var last: SignedCheckpoint?
    }
    struct Trouble: Error {}

    let state = Mutex(State())

    func current() throws -> SigningKey? { state.withLock { $0.current } }
    func last() throws -> SignedCheckpoint? { state.withLock { $0.last } }
    func remember(_ signed: SignedCheckpoint) throws { state.withLock { $0.last = signed } }
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
            keys.state.withLock { $0.last = nil }  // whoever set it back removed this, too
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
