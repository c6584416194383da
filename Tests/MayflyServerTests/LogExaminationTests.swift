import Foundation
import MayflyCore
import MayflyCrypto
import MayflyTesting
import Testing

@testable import MayflyServer

/// What is found before a checkpoint is signed, of records that somebody was at.
struct LogExaminationTests {
    private struct NoKeys: CheckpointKeys {
        func current() throws -> SigningKey? { nil }
        func create() throws -> SigningKey { try SigningKey() }
        func next() throws -> SigningKey? { nil }
        func promote() throws {}
        func last() throws -> RememberedCheckpoint { .nothing }
        func remember(_ signed: SignedCheckpoint?) throws {}
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var found: String
        var edit: @Sendable (inout [AuditRecord]) throws -> Void
    }

    private static func rewrite(
        _ record: AuditRecord, reason: String, previous: String? = nil, hash: String? = nil
    ) throws -> AuditRecord {
        var event = record.event
        event.reason = reason
        let previous = previous ?? record.previousHash
        let bytes = AuditEncoding.bytes(sequence: record.sequence, previousHash: previous, event: event)
        return AuditRecord(
            sequence: record.sequence, event: event, previousHash: previous,
            hash: try hash ?? SHA256Digest(hashing: bytes).hex)
    }

    /// The checkpoint covers record 4; 8 records in all.
    static let changes = [
        Change(testDescription: "a member changed", found: "record 6 was changed") { records in
            let there = records[5]
            records[5] = try rewrite(there, reason: "another", hash: there.hash)
        },
        Change(testDescription: "a member changed, with a hash that fits", found: "record 7 does not follow")
        { records in
            records[5] = try rewrite(records[5], reason: "another")
        },
        Change(testDescription: "deleted", found: "record 6 is missing") { $0.remove(at: 5) },
        Change(testDescription: "inserted", found: "record 7 is missing") { $0.insert($0[5], at: 6) },
        Change(testDescription: "reordered", found: "record 6 is missing") { $0.swapAt(5, 6) },
        Change(
            testDescription: "the end cut off beyond the checkpoint",
            found: "record 4, which checkpoint 1 covers, is missing"
        ) {
            $0.removeSubrange(3...)
        },
        Change(
            testDescription: "what the checkpoint covers changed",
            found: "record 4 is another than the one that checkpoint 1 covers"
        ) {
            records in
            records[3] = try rewrite(records[3], reason: "another")
        },
        Change(testDescription: "all written anew from the checkpoint on", found: "record 5 does not follow")
        { records in
            records[4] = try rewrite(records[4], reason: "another", previous: AuditEncoding.genesis)
        },
    ]

    @Test("A change after the last checkpoint is named, and nothing is signed over it", arguments: changes)
    func found(_ change: Change) async throws {
        let store = InMemoryStore()
        func record(_ count: Int) async throws {
            try await store.record(
                (0..<count).map { number in
                    AuditEvent(
                        at: Date(milliseconds: 5), actor: .broker, action: .accessDenied,
                        reason: "number \(number)")
                })
        }
        try await record(4)
        let key = try SigningKey()
        _ = try await store.addCheckpoint(recording: []) { ground in
            let checkpoint = AuditCheckpoint(
                installation: "test", number: 1, previous: AuditEncoding.genesis, at: Date(milliseconds: 5),
                sequence: ground.sequence, hash: ground.hash, key: key.publicKey.hex)
            return SignedCheckpoint(checkpoint: checkpoint, signature: try key.sign(checkpoint.bytes))
        }
        try await record(4)
        func examine() async throws -> LogExamination {
            var examination = try await LogExamination(store: store, keys: NoKeys(), installation: "test")
            while try await examination.goOn(in: store) {}
            return examination
        }
        #expect(try await examine().sequence == 8)
        try store.rewrite(change.edit)
        let objection = await #expect(throws: TrailObjection.self) { _ = try await examine() }
        #expect(objection?.what.hasPrefix(change.found) == true, "\(objection?.what ?? "")")
    }
}
