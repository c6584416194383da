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
        var failure: (any Error)?
    }
    struct Trouble: Error {}

    let state = Mutex(State())

    func current() throws -> SigningKey? { state.withLock { $0.current } }
    func next() throws -> SigningKey? { state.withLock { $0.next } }

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

    private func keeper(appendTo: [String] = [], keepDays: Int? = nil) -> CheckpointKeeper {
        CheckpointKeeper(
            store: store, keys: keys, installation: "test", timekeeper: .manual(clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
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
        var verifier = TrailVerifier(trusting: keys)
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
        let report = try await verify(trusting: [old])
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
}
