import Foundation
import GRDB
import MayflyCore
import MayflyCrypto
import MayflyTesting
import Testing

@testable import MayflyStore

@Suite("The audit log against those who can write the file")
struct TamperTests {
    struct Tampering: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sql: String
        var found: Int64
        init(_ what: String, _ sql: String, found: Int64) {
            (testDescription, self.sql, self.found) = (what, sql, found)
        }
    }

    static let tamperings = [
        Tampering(
            "a word of a body changed",
            "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'broker', 'brokes') AS BLOB) WHERE sequence = 3",
            found: 3),
        Tampering(
            "a hash changed",
            "UPDATE audit SET hash = iif(hash LIKE 'f%', 'e', 'f') || substr(hash, 2) WHERE sequence = 3",
            found: 3),
        Tampering("a record taken out", "DELETE FROM audit WHERE sequence = 3", found: 3),
        Tampering("the first taken out", "DELETE FROM audit WHERE sequence = 1", found: 1),
        Tampering("the last taken out", "DELETE FROM audit WHERE sequence = 5", found: 5),
        Tampering("all taken out", "DELETE FROM audit", found: 1),
        Tampering(
            "two exchanged",
            """
            UPDATE audit SET sequence = 100 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3;
            UPDATE audit SET sequence = 3 WHERE sequence = 100
            """, found: 2),
        Tampering(
            "an actor's uid put in the index", "UPDATE audit SET actor_uid = 0 WHERE sequence = 4", found: 4),
        Tampering(
            "an action changed in the index", "UPDATE audit SET action = 'x' WHERE sequence = 4", found: 4),
        Tampering("a time moved in the index", "UPDATE audit SET at = at + 1 WHERE sequence = 4", found: 4),
        Tampering("a lease put in the index", "UPDATE audit SET lease = 'x' WHERE sequence = 4", found: 4),
        Tampering(
            "a record hidden from whom it is about",
            "DROP TRIGGER audit_concerns_stay; DELETE FROM audit_concerns WHERE sequence = 2", found: 2
        ),
        Tampering(
            "a record shown to whom it is not about", "INSERT INTO audit_concerns VALUES (4242, 4)", found: 4),
        Tampering(
            "one put at the end",
            "INSERT INTO audit SELECT 6, at, actor_uid, action, lease, body, hash FROM audit WHERE sequence = 5",
            found: 6),
    ]

    @Test("A change is found at the record it was made in", arguments: tamperings)
    func found(_ tampering: Tampering) async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            try await fill(path)
            try raw(path) { db in try db.execute(sql: Self.withoutTriggers + tampering.sql) }
            let store = try SQLiteStore(path: path, options: .init(reserve: 0))
            #expect(try await store.firstBrokenAuditRecord() == tampering.found)
            await store.close()
        }
    }

    @Test("A record that was rewritten with a fitting hash breaks the one after it")
    func rewritten() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            try await fill(path)
            try raw(path) { db in
                let row = try #require(
                    try Row.fetchOne(db, sql: "SELECT body, hash FROM audit WHERE sequence = 2"))
                let text = String(decoding: row[0] as Data, as: UTF8.self)
                let forged = Array(text.replacing("outcome=4:done", with: "outcome=6:denied").utf8)
                #expect(forged != Array(text.utf8))
                try db.execute(
                    sql: Self.withoutTriggers + "UPDATE audit SET body = ?, hash = ? WHERE sequence = 3",
                    arguments: [Data(forged), try SHA256Digest(hashing: forged).hex])
                try db.execute(
                    sql: "UPDATE audit SET body = ?, hash = ? WHERE sequence = 2",
                    arguments: [Data(forged), try SHA256Digest(hashing: forged).hex])
            }
            let store = try SQLiteStore(path: path, options: .init(reserve: 0))
            #expect(try await store.firstBrokenAuditRecord() == 3)
            await store.close()
        }
    }

    @Test("A body that is nonsense is an error when it is read, not a crash")
    func nonsense() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            try await fill(path)
            try raw(path) { db in
                try db.execute(
                    sql: Self.withoutTriggers + "UPDATE audit SET body = x'763D393939393A' WHERE sequence = 2"
                )
            }
            let store = try SQLiteStore(path: path, options: .init(reserve: 0))
            await #expect(throws: StoreError.corrupt("audit record 2 cannot be read")) {
                try await store.audit(AuditQuery())
            }
            await store.close()
        }
    }

    @Test(
        "SQLite itself refuses what our code must never do",
        arguments: [
            "DELETE FROM audit", "UPDATE audit SET at = 0", "DELETE FROM leases", "DELETE FROM requests",
            "DELETE FROM audit_head", "DELETE FROM audit_concerns", "UPDATE leases SET uid = 0",
            "UPDATE leases SET role = 'x'", "UPDATE leases SET state = 'dropped'",
            "UPDATE leases SET state = 'revoked'",
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 2",
        ])
    func triggers(_ sql: String) async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            try await fill(path)
            try raw(path) { db in
                #expect(throws: DatabaseError.self) { try db.execute(sql: sql) }
            }
        }
    }

    private static let withoutTriggers = """
        DROP TRIGGER audit_stays; DROP TRIGGER audit_keeps; DROP TRIGGER audit_grows;
        DROP TRIGGER audit_head_moves;

        """

    /// Five records, of one lease and the daemon.
    private func fill(_ path: String) async throws {
        let store = try SQLiteStore(path: path, options: .init(reserve: 0))
        _ = try await store.admitted(
            StoreConformanceSample.admission(), activeAt: StoreConformanceSample.now)
        try await store.record([
            StoreConformanceSample.event(.configurationLoaded), StoreConformanceSample.event(.daemonStopped),
        ])
        #expect(try await store.audit(AuditQuery()).count == 5)
        #expect(try await store.firstBrokenAuditRecord() == nil)
        await store.close()
    }
}
