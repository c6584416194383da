import Dispatch
import Foundation
import GRDB
import MayflyCore
import MayflyCrypto
import MayflyTesting
import Testing

@testable import MayflyStore

struct SearchTimeTests {
    @Test("A search that takes too long is given up, and the next one is answered")
    func tooLong() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(
                path: directory + "/mayfly.db", options: .init(reserve: 0, searchTime: 0.005))
            let event = AuditEvent(
                at: Date(milliseconds: 0),
                actor: .person(Identity(uid: 7, user: "zoe", groups: [], pid: nil)),
                action: .requestCreated, reason: "INC-4711: order 2 was charged twice")
            try await store.record(Array(repeating: event, count: 20_000))
            var query = AuditQuery()
            query.text = SearchText("nowhere")
            for concerning in [nil, 7] as [UInt32?] {
                query.concerning = concerning
                await #expect(throws: StoreError.searchGivenUp) { _ = try await store.audit(query) }
            }
            query = AuditQuery(newest: true, limit: 1)
            query.text = SearchText("charged")
            #expect(try await store.audit(query).map(\.sequence) == [20_000])
            await store.close()
        }
    }

    private static func event(_ reason: String) -> AuditEvent {
        AuditEvent(
            at: Date(milliseconds: 0), actor: .person(Identity(uid: 7, user: "zoe", groups: [], pid: nil)),
            action: .requestCreated, reason: reason)
    }

    private static func found(_ word: String, in store: SQLiteStore) async throws -> [Int64] {
        var query = AuditQuery()
        query.text = SearchText(word)
        return try await store.audit(query).map(\.sequence)
    }

    @Test("Whoever searches their own records takes two places at most, and none of the auditors'")
    func places() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/mayfly.db", options: .init(reserve: 0))
            let gate = DispatchSemaphore(value: 0)
            let slow = (0..<2).map { _ in
                Task { try await store.ownSearches.read(of: 7) { _ in gate.wait() } }
            }
            try await eventually("both have a place") { store.ownSearches.count == 2 }
            await #expect(throws: StoreError.searchGivenUp) {
                try await store.ownSearches.read(of: 7) { _ in }
            }
            let other = Task { try await store.ownSearches.read(of: 8) { _ in 1 } }
            try await store.record([Self.event("charged twice")])
            #expect(try await Self.found("charged", in: store) == [1])
            for _ in 0..<2 { gate.signal() }
            for task in slow { try await task.value }
            #expect(try await other.value == 1)
            await store.close()
        }
    }

    @Test("Words are not indexed where the disk is nearly full, and found all the same")
    func fullDisk() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(
                path: directory + "/mayfly.db", options: .init(reserve: 0, indexingMark: .max))
            try await store.record([Self.event("charged twice")])
            #expect(try await store.indexAudit(limit: 10) == false)
            #expect(try await Self.found("charged", in: store) == [1])
            await store.close()
            try raw(directory + "/mayfly.db") { db in
                let indexed = try Int64.fetchOne(db, sql: "SELECT sequence FROM audit_indexed")
                #expect(indexed == 0)
            }
        }
    }

    @Test("An index of an earlier making is made anew, before anything is removed from it")
    func outdated() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/mayfly.db"
            var store = try SQLiteStore(path: path, options: .init(reserve: 0, indexingMark: 0))
            try await store.record((1...6).map { Self.event("number\($0) charged") })
            while try await store.indexAudit(limit: 100) {}
            await store.close()
            // As a version that made other words would have left it.
            try raw(path) { db in
                try db.execute(
                    sql: """
                        INSERT INTO audit_text (audit_text) VALUES ('delete-all');
                        INSERT INTO audit_text (rowid, reason) VALUES (1, 'others'), (2, 'others'), (5, 'others');
                        UPDATE audit_indexed SET words = 0;
                        """)
            }
            store = try SQLiteStore(path: path, options: .init(reserve: 0, indexingMark: 0))
            let key = try SigningKey()
            for last in [nil, 3] as [Int64?] {
                _ = try await store.addCheckpoint(recording: [], pruningUpTo: last) { ground in
                    let before = ground.last?.checkpoint
                    let checkpoint = AuditCheckpoint(
                        installation: "test", number: (before?.number ?? 0) + 1,
                        previous: try before.map { try SHA256Digest(hashing: $0.bytes).hex }
                            ?? AuditEncoding.genesis,
                        at: Date(milliseconds: 0), sequence: ground.sequence, hash: ground.hash,
                        pruned: ground.pruned,
                        key: key.publicKey.hex)
                    return SignedCheckpoint(checkpoint: checkpoint, signature: try key.sign(checkpoint.bytes))
                }
            }
            while try await store.indexAudit(limit: 100) {}
            #expect(try await Self.found("others", in: store) == [])
            #expect(try await Self.found("charged", in: store) == [4, 5, 6])
            #expect(try await Self.found("number5", in: store) == [5])
            await store.close()
            try raw(path) { db in
                try db.execute(sql: "INSERT INTO audit_text (audit_text) VALUES ('integrity-check')")
                #expect(try Int.fetchOne(db, sql: "SELECT words FROM audit_indexed") == 1)
                let left = try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM audit_text WHERE audit_text MATCH 'others'")
                #expect(left == 0)
            }
        }
    }
}
