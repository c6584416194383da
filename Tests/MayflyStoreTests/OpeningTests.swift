import Foundation
import GRDB
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyStore

@Suite("Opening a state file")
struct OpeningTests {
    private func open(_ path: String) throws(StoreError) -> SQLiteStore {
        try SQLiteStore(path: path, options: .init(reserve: 1 << 16))
    }

    private func mode(_ path: String) throws -> Int {
        let value = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        return try #require(value)
    }

    /// The error of opening, when there is one; a store that opened against expectation is left to `deinit`.
    private func refusal(_ path: String) -> StoreError? {
        do {
            _ = try open(path)
            return nil
        } catch { return error }
    }

    @Test("Every file of a new state is for its owner only")
    func newFile() async throws {
        try await withScratchDirectory { directory in
            let store = try open(directory + "/state.db")
            _ = try await store.admitted(
                StoreConformanceSample.admission(), activeAt: StoreConformanceSample.now)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                #expect(try mode(directory + "/" + name) == 0o600, "\(name)")
            }
            await store.close()
        }
    }

    @Test("What was recorded is there after closing and opening, and the version is in the header")
    func reopen() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            var store = try open(path)
            let lease = try await store.admitted(
                StoreConformanceSample.admission(), activeAt: StoreConformanceSample.now)
            try await store.setMemo("a", to: "b")
            await store.close()
            store = try open(path)
            #expect(try await store.lease(lease.id) == lease)
            #expect(try await store.memo("a") == "b")
            #expect(try await store.firstBrokenAuditRecord() == nil)
            await store.close()
            let header = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(100)
            #expect(header[60..<64].elementsEqual([0, 0, 0, UInt8(Schema.version)]))
            #expect(String(decoding: header[68..<72], as: UTF8.self) == "Mfly")
        }
    }

    @Test("After closing, everything is refused and nothing hangs")
    func closed() async throws {
        try await withScratchDirectory { directory in
            let store = try open(directory + "/state.db")
            await store.close()
            await store.close()
            await #expect(throws: StoreError.self) { try await store.setMemo("a", to: "b") }
            await #expect(throws: StoreError.self) { try await store.memo("a") }
        }
    }

    @Test("A file of a newer version is refused and is the same byte for byte afterwards")
    func newerVersion() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let store = try open(path)
            try await store.setMemo("a", to: "b")
            await store.close()
            try raw(path) { db in try db.execute(sql: "PRAGMA user_version = \(Schema.version + 1)") }
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            guard case .newerVersion = refusal(path) else {
                Issue.record("not refused as newer")
                return
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test("A newer version that is still in the log of a killed daemon is refused, log and file unchanged")
    func newerVersionInTheLog() async throws {
        try await withScratchDirectory { directory in
            let (path, copy) = (directory + "/state.db", directory + "/copy.db")
            let store = try open(path)
            try await store.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA user_version = \(Schema.version + 1)")
                try copyState(path, to: copy)
            }
            await store.close()
            let before = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: copy + $0)) }
            guard case .newerVersion = refusal(copy) else {
                Issue.record("not refused as newer")
                return
            }
            let after = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: copy + $0)) }
            #expect(after == before)
        }
    }

    @Test("Another program's file, a text and a cut-off header are refused and unchanged")
    func foreignFiles() async throws {
        try await withScratchDirectory { directory in
            let foreign = directory + "/foreign.db"
            let other = directory + "/other.db"
            try raw(foreign) { db in try db.execute(sql: "CREATE TABLE notes (text TEXT)") }
            try raw(other) { db in try db.execute(sql: "PRAGMA application_id = 7; CREATE TABLE t (a)") }
            try Data("installation: { name: prod }\n".utf8).write(
                to: URL(fileURLWithPath: directory + "/text"))
            try Data("SQLite format 3\0".utf8).write(to: URL(fileURLWithPath: directory + "/short"))
            for path in [foreign, other, directory + "/text", directory + "/short"] {
                chmod(path, 0o600)
                let before = try Data(contentsOf: URL(fileURLWithPath: path))
                guard case .corrupt = refusal(path) else {
                    Issue.record("\(path) was not refused")
                    continue
                }
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
                #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
            }
        }
    }

    @Test("An empty file, left by a daemon killed at its first start, is taken up")
    func emptyFile() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            chmod(path, 0o600)
            let store = try open(path)
            try await store.setMemo("a", to: "b")
            await store.close()
        }
    }

    @Test(
        "A directory that others can write, a file open to others, a link and a missing directory are refused"
    )
    func permissions() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            chmod(directory, 0o777)
            guard case .unwritable(let why) = refusal(path) else {
                Issue.record("a directory of everybody was accepted")
                return
            }
            #expect(why.contains("chmod go-w"))
            #expect(!FileManager.default.fileExists(atPath: path))
            chmod(directory, 0o700)
            await (try open(path)).close()
            chmod(path, 0o640)
            guard case .unwritable = refusal(path) else {
                Issue.record("a file open to its group was accepted")
                return
            }
            chmod(path, 0o600)
            symlink(path, directory + "/link.db")
            for wrong in [directory + "/link.db", directory + "/none/state.db", "state.db", directory] {
                guard case .unwritable = refusal(wrong) else {
                    Issue.record("\(wrong) was accepted")
                    continue
                }
            }
        }
    }

    @Test("A version 1 file made by its schema alone opens and works")
    func versionOne() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Sources/MayflyStore/Schema/schema-1.sql")
            let sql = try String(contentsOf: schema, encoding: .utf8)
            try raw(path) { db in
                try db.execute(
                    sql: """
                        PRAGMA application_id = \(Schema.applicationID);
                        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                        INSERT INTO grdb_migrations VALUES ('1');
                        PRAGMA user_version = 1;
                        """)
                try db.execute(sql: sql)
                try db.execute(sql: "INSERT INTO memos VALUES ('a', CAST('b' AS BLOB))")
            }
            chmod(path, 0o600)
            let store = try open(path)
            #expect(try await store.memo("a") == "b")
            _ = try await store.admitted(StoreConformanceSample.admission())
            await store.close()
        }
    }

    @Test(
        "A version 2 file with requests, leases and their records becomes a new one, and nothing of it is lost"
    )
    func versionTwo() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Sources/MayflyStore/Schema")
            let role = "mf_eu1_user1001_aaaaaaaaaaaaa"
            let (live, over) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
            try raw(path) { db in
                try db.execute(
                    sql: """
                        PRAGMA application_id = \(Schema.applicationID);
                        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                        INSERT INTO grdb_migrations VALUES ('1'), ('2');
                        PRAGMA user_version = 2;
                        """)
                for version in 1...2 {
                    try db.execute(
                        sql: String(
                            contentsOf: folder.appending(path: "schema-\(version).sql"), encoding: .utf8))
                }
                for (index, id) in [over, live].enumerated() {
                    try db.execute(
                        sql: """
                            INSERT INTO requests VALUES (?, ?, 'orders-read', 1001, 'user1001', 60, 'r', NULL, 1, 'rule',
                                'issued', ?);
                            INSERT INTO leases (number, id, request, database, engine, profile, uid, user, role,
                                groups, created_at, ends_latest_at, expires_at, state, ended_at, attempts, tethered)
                            VALUES (?, ?, ?, 'orders', 'postgresql', 'orders-read', 1001, 'user1001', ?, '["g"]', 1, 9,
                                5, ?, ?, 0, ?)
                            """,
                        arguments: [
                            index + 1, id, id, index + 1, id, id, role.dropLast() + (index == 0 ? "b" : "c"),
                            index == 0 ? "revoked" : "active", index == 0 ? 7 : nil, index == 1,
                        ])
                }
            }
            chmod(path, 0o600)
            let store = try open(path)
            let leases = try await store.leases(LeaseQuery())
            #expect(leases.map(\.id.rawValue) == [live, over])
            #expect(leases.map(\.requester.person.rawValue) == ["uid:1001", "uid:1001"])
            #expect(leases.first?.isTethered == true)
            let id = try #require(RequestID(rawValue: live))
            #expect(try await store.request(id)?.requester.key == "uid:1001")
            #expect(
                try await store.counts().filter { $0.count > 0 }.map(\.state.rawValue).sorted()
                    == ["active", "revoked"])
            // It counts for whoever gets a name later.
            let query = HistoryQuery(
                Identities(Person(rawValue: "alice"), users: ["user1001"]),
                profile: StoreConformanceSample.read, now: Date(milliseconds: 6), wantsEarlier: true)
            #expect(try await store.history(query).earlier.count == 2)
            // It goes on as it was: due, counted, ended, and never deleted.
            let due = Date(milliseconds: 6)
            let claimed = try await store.claimDue(
                StoreConformanceSample.orders, .first, now: due, limit: 9,
                claim: StoreConformanceSample.claim())
            #expect(claimed.map(\.id.rawValue) == [live])
            await store.close()
            try raw(path) { db in
                #expect(throws: DatabaseError.self) { try db.execute(sql: "DELETE FROM leases") }
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check")
                #expect(found == ["ok"])
                #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            }
        }
    }

    @Test("A directory that we cannot write is said so", .enabled(if: geteuid() != 0, "root writes anywhere"))
    func readOnlyDirectory() async throws {
        try await withScratchDirectory { directory in
            chmod(directory, 0o500)
            defer { chmod(directory, 0o700) }
            guard case .unwritable = refusal(directory + "/state.db") else {
                Issue.record("opened")
                return
            }
        }
    }
}
