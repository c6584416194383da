import Foundation
import MayflyCore
import MayflyCrypto
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    private static func signed(_ ground: CheckpointGround, by key: SigningKey) throws -> SignedCheckpoint {
        let last = ground.last
        let checkpoint = AuditCheckpoint(
            installation: "test", number: (last?.checkpoint.number ?? 0) + 1,
            previous: try last.map { try SHA256Digest(hashing: $0.checkpoint.bytes).hex }
                ?? AuditEncoding.genesis,
            at: Sample.now, sequence: ground.sequence, hash: ground.hash, pruned: ground.pruned,
            key: key.publicKey.hex)
        return SignedCheckpoint(checkpoint: checkpoint, signature: try key.sign(checkpoint.bytes))
    }

    static let checkpoints = [
        StoreConformance(
            "a checkpoint is of the log in the moment of its commit, with what is recorded by it"
        ) {
            store in
            let key = try SigningKey()
            try await store.record([Sample.event(.daemonStarted)])
            let made = try #require(
                try await store.addCheckpoint(recording: [Sample.event(.auditKeyCreated)]) { ground in
                    try signed(ground, by: key)
                })
            let records = try await store.audit(AuditQuery())
            #expect(records.map(\.event.action) == [.daemonStarted, .auditKeyCreated])
            #expect(made.checkpoint.sequence == 2)
            #expect(made.checkpoint.hash == records[1].hash)
            #expect(made.checkpoint.previous == AuditEncoding.genesis)
            #expect(try await store.checkpoints(CheckpointQuery()) == [made])
            #expect(key.publicKey.isSignature(made.signature, of: made.checkpoint.bytes))
        },
        StoreConformance(
            "checkpoints are read in order after a number, or as the newest; one that is not made is none"
        ) { store in
            let key = try SigningKey()
            for _ in 0..<5 {
                try await store.record([Sample.event(.accessDenied)])
                _ = try await store.addCheckpoint(recording: []) { try signed($0, by: key) }
            }
            let none = try await store.addCheckpoint(recording: []) { ground in
                ground.sequence == ground.last?.checkpoint.sequence ? nil : try signed(ground, by: key)
            }
            #expect(none == nil)
            func numbers(_ query: CheckpointQuery) async throws -> [Int64] {
                try await store.checkpoints(query).map(\.checkpoint.number)
            }
            #expect(try await numbers(CheckpointQuery()) == [1, 2, 3, 4, 5])
            #expect(try await numbers(CheckpointQuery(after: 2, limit: 2)) == [3, 4])
            #expect(try await numbers(CheckpointQuery(newest: true, limit: 2)) == [4, 5])
            let all = try await store.checkpoints(CheckpointQuery())
            let kept = try await store.checkpointTrail(after: 1, limit: 3)
            #expect(kept.map(\.number) == [2, 3, 4] && kept.map(\.sequence) == [2, 3, 4])
            #expect(kept.compactMap(\.signed) == Array(all[1...3]))
            #expect(kept.map(\.body) == all[1...3].map(\.checkpoint.bytes))
            for (before, after) in zip(all, all.dropFirst()) {
                #expect(after.checkpoint.previous == (try SHA256Digest(hashing: before.checkpoint.bytes)).hex)
            }
        },
        StoreConformance("whoever makes one is given what came since the record that was looked at") {
            store in
            let key = try SigningKey()
            for _ in 0..<3 { try await store.record([Sample.event(.accessDenied)]) }
            _ = try await store.addCheckpoint(
                recording: [Sample.event(.auditKeyCreated)], pruningUpTo: nil, since: 1
            ) { ground in
                #expect(ground.since.map(\.sequence) == [2, 3, 4])
                #expect(ground.since.last?.hash == ground.hash)
                #expect(ground.since.compactMap(\.record).map(\.event.action).last == .auditKeyCreated)
                return try signed(ground, by: key)
            }
            _ = try await store.addCheckpoint(recording: [], pruningUpTo: nil, since: nil) { ground in
                #expect(ground.since.isEmpty)
                return nil
            }
        },
        StoreConformance(
            "one out of its turn, or that cannot be signed, is refused, with what it would have recorded"
        ) {
            store in
            let key = try SigningKey()
            await #expect(throws: StoreError.self) {
                try await store.addCheckpoint(recording: [Sample.event(.auditKeyCreated)]) { ground in
                    var made = try signed(ground, by: key)
                    made.checkpoint.number = 7
                    return made
                }
            }
            struct NoKey: Error {}
            await #expect(throws: StoreError.self) {
                try await store.addCheckpoint(recording: [Sample.event(.auditKeyCreated)]) { _ in
                    throw NoKey()
                }
            }
            #expect(try await store.audit(AuditQuery()).isEmpty)
            #expect(try await store.checkpoints(CheckpointQuery()).isEmpty)
        },
        StoreConformance("a verifier is given each record's bytes and hash as they are kept") { store in
            _ = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            try await store.record([Sample.event(.daemonStopped)])
            let entries = try await store.trail(after: 1, limit: 100)
            let records = try await store.audit(AuditQuery(after: 1))
            #expect(entries.compactMap(\.record) == records)
            #expect(entries.allSatisfy { $0.flaw == nil })
            for entry in entries { #expect(entry.hash == (try SHA256Digest(hashing: entry.body)).hex) }
            #expect(try await store.trail(after: 0, limit: 2).map(\.sequence) == [1, 2])
            #expect(try await store.pruned() == nil)
        },
        StoreConformance(
            "old records are removed up to what a checkpoint covers and every exporter took; one stands for them"
        ) { store in
            let key = try SigningKey()
            let at = { (seconds: TimeInterval) in Sample.now.addingTimeInterval(seconds) }
            for number in 1...6 {
                try await store.record([Sample.event(.accessDenied, at: at(Double(number)), by: 7)])
            }
            // The clock went back: what comes before something young stays.
            try await store.record([Sample.event(.daemonStopped, at: at(2))])
            while try await store.indexAudit(limit: 100) {}
            #expect(try await store.prunable(before: at(100), limit: 100) == nil)
            _ = try await store.addCheckpoint(recording: []) { try signed($0, by: key) }
            #expect(try await store.prunable(before: at(1), limit: 100) == nil)
            #expect(try await store.prunable(before: at(4), limit: 100) == 3)
            #expect(try await store.prunable(before: at(4), limit: 2) == 2)
            #expect(try await store.prunable(before: at(100), limit: 100) == 7)
            let chat = Exporter(exporting: "chat")
            _ = try await store.beginCursor(chat)
            try await store.record([Sample.event(.daemonStarted, at: at(9))])
            #expect(try await store.prunable(before: at(100), limit: 100) == 7)
            let before = try await store.audit(AuditQuery())

            await #expect(throws: StoreError.self) {
                try await store.addCheckpoint(recording: [], pruningUpTo: 8) { try signed($0, by: key) }
            }
            await #expect(throws: StoreError.self) {
                try await store.addCheckpoint(recording: [], pruningUpTo: 3) { _ in nil }
            }
            #expect(try await store.audit(AuditQuery()) == before)
            let made = try #require(
                try await store.addCheckpoint(
                    recording: [Sample.event(.auditPruned, at: at(10))], pruningUpTo: 3
                ) { try signed($0, by: key) })
            #expect(made.checkpoint.pruned == .init(sequence: 3, hash: before[2].hash))
            #expect(try await store.pruned() == made.checkpoint.pruned)
            let left = try await store.audit(AuditQuery())
            #expect(left.map(\.sequence) == [4, 5, 6, 7, 8, 9])
            #expect(left.first?.previousHash == before[2].hash)
            #expect(try await store.trail(after: 0, limit: 100).map(\.sequence) == [4, 5, 6, 7, 8, 9])
            #expect(try await store.audit(AuditQuery(concerning: 7)).map(\.sequence) == [4, 5, 6])
            var query = AuditQuery()
            query.text = SearchText("access.denied")
            #expect(try await store.audit(query).map(\.sequence) == [4, 5, 6])
            #expect(try await store.prunable(before: at(100), limit: 2) == 5)
            #expect(try await store.firstBrokenAuditRecord() == nil)
            _ = try await store.addCheckpoint(recording: [], pruningUpTo: 7) { try signed($0, by: key) }
            #expect(try await store.audit(AuditQuery()).map(\.sequence) == [8, 9])
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
    ]
}
