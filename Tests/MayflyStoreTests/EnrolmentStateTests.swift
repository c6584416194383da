import Foundation
import GRDB
import MayflyCore
import MayflyCrypto
import MayflyTesting
import Testing

@testable import MayflyStore

/// What the file says of second factors, and what it never does.
@Suite struct EnrolmentStateTests {
    private static let now = StoreConformanceSample.now
    private static let holder = MFAHolder(person: Person(rawValue: "alice"), uid: 1001)

    @Test(
        "The secret is in no file of the state as bytes, base32 or hexadecimal digits, before and after a reset"
    )
    func sealed() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let store = try SQLiteStore(path: path, options: .init(reserve: 0))
            let key = try SealingKey(copying: Array(0..<32))
            let bytes = Array("a secret of 20 bytes".utf8)
            let secret = try OneTimeSecret(copying: bytes)
            let new = MFAEnrolment(
                person: Self.holder.person, uid: 1001, user: "alice", createdAt: Self.now,
                secret: try secret.sealed(with: key, of: "alice"))
            let event = StoreConformanceSample.event(.mfaEnrolled)
            #expect(try await store.enrol(new, events: [event]) == nil)
            let text = secret.makeReplyString()
            let hex = bytes.map { String($0, radix: 16) }.joined()
            try expectNothing(
                of: [bytes, Array(text.utf8), Array(text.lowercased().utf8), Array(hex.utf8)], in: directory)
            _ = try await store.moveEnrolment(of: Self.holder) { MFAMove($0.remove(now: Self.now)) }
            await store.close()
            try expectNothing(of: [bytes, Array(text.utf8), Array(hex.utf8)], in: directory)
        }
    }

    private func expectNothing(of forms: [[UInt8]], in directory: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files.contains("state.db"))
        for file in files {
            let data = [UInt8](try Data(contentsOf: URL(filePath: directory + "/" + file)))
            for form in forms { #expect(data.firstRange(of: form) == nil, "\(file)") }
        }
    }

    @Test("The file itself keeps a used code used, and an enrolment's beginning and end as they were")
    func triggers() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let store = try SQLiteStore(path: path, options: .init(reserve: 0))
            let new = MFAEnrolment(
                person: Self.holder.person, uid: 1001, user: "alice", createdAt: Self.now, secret: [1])
            _ = try await store.enrol(new, events: [])
            _ = try await store.moveEnrolment(of: Self.holder) { enrolment in
                MFAMove(enrolment.confirm([10], attempts: 5, now: Self.now))
            }
            await store.close()
            try raw(path) { db in
                for statement in [
                    "UPDATE mfa_enrolments SET last_step = 9", "UPDATE mfa_enrolments SET last_step = NULL",
                    "UPDATE mfa_enrolments SET person = 'bob'", "UPDATE mfa_enrolments SET state = 'pending'",
                    "UPDATE mfa_enrolments SET secret = NULL", "DELETE FROM mfa_enrolments",
                ] {
                    #expect(throws: DatabaseError.self, "\(statement)") { try db.execute(sql: statement) }
                }
                try db.execute(
                    sql: "UPDATE mfa_enrolments SET state = 'removed', secret = NULL, removed_at = 1")
                #expect(throws: DatabaseError.self) {
                    try db.execute(sql: "UPDATE mfa_enrolments SET failures = 0")
                }
            }
        }
    }

    @Test("A used code is used after closing and opening, and so is a lock-out")
    func reopened() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            var store = try SQLiteStore(path: path, options: .init(reserve: 0))
            let new = MFAEnrolment(
                person: Self.holder.person, uid: 1001, user: "alice", createdAt: Self.now, secret: [1])
            _ = try await store.enrol(new, events: [])
            _ = try await store.moveEnrolment(of: Self.holder) { enrolment in
                MFAMove(enrolment.confirm([10], attempts: 5, now: Self.now))
            }
            await store.close()
            store = try SQLiteStore(path: path, options: .init(reserve: 0))
            let again = try await store.moveEnrolment(of: Self.holder) { enrolment in
                MFAMove(enrolment.present([10], attempts: 1, now: Self.now))
            }
            #expect(again == .used)
            _ = try await store.moveEnrolment(of: Self.holder) { enrolment in
                MFAMove(enrolment.present([], attempts: 1, now: Self.now))
            }
            await store.close()
            store = try SQLiteStore(path: path, options: .init(reserve: 0))
            let locked = try await store.moveEnrolment(of: Self.holder) { enrolment in
                MFAMove(enrolment.present([11], attempts: 1, now: Self.now))
            }
            #expect(locked == .locked(until: Self.now.addingTimeInterval(900)))
            await store.close()
        }
    }
}
