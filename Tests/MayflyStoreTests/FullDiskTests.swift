import Foundation
import GRDB
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyStore

@Suite("A disk that is full or read-only")
struct FullDiskTests {
    private typealias Sample = StoreConformanceSample

    @Test(
        "On a full disk nothing is given out, revoking goes on from the reserve, and all is well with space again",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func fullDisk() async throws {
        try await SmallDisk.with(megabytes: 16) { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 20))
            var leases: [Lease] = []
            for _ in 0..<40 {
                leases.append(try await store.admitted(Sample.admission(), activeAt: Sample.now))
            }
            let creating = try await store.admitted(Sample.admission())
            try SmallDisk.fill(directory)
            let refused = try await untilRefused(store)
            guard case .unwritable = refused else {
                Issue.record("not refused: \(String(describing: refused))")
                return
            }
            // What makes a lease active is refused too: its password is never handed out.
            let made = LeaseStep(creating.id, .made(roleOID: 1, validUntil: Sample.now), audit: nil)
            await #expect(throws: StoreError.self) { try await store.apply([made], now: Sample.now) }
            #expect(try await store.lease(creating.id)?.state == .creating)
            for lease in leases {
                let steps: [(Lease.Event, AuditEvent.Action)] = [
                    (.ending(.revoked, attemptAt: Sample.now), .leaseRevoking), (.gone, .leaseRevoked),
                ]
                for (event, action) in steps {
                    let step = LeaseStep(lease.id, event, audit: Sample.event(action, of: lease))
                    #expect(try await store.apply([step], now: Sample.now)[0].change == .changed)
                }
            }
            #expect(try await store.leases(LeaseQuery(states: [.revoked])).count == 40)
            #expect(!FileManager.default.fileExists(atPath: directory + "/state.db.reserve"))
            await #expect(throws: StoreError.self) { try await store.admit(Sample.admission()) }
            await #expect(throws: StoreError.self) { try await store.record([Sample.event(.daemonStopped)]) }
            // What the sweep and an administrator end without a lease is ended access too.
            for action in [AuditEvent.Action.roleReaping, .roleUnknown, .safeModeOn, .sessionKilled] {
                try await store.record([Sample.event(action)])
            }
            await #expect(throws: StoreError.self) { try await store.checkWritable() }

            try SmallDisk.clear(directory)
            try await store.checkWritable()
            _ = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            #expect(FileManager.default.fileExists(atPath: directory + "/state.db.reserve"))
            #expect(try await store.firstBrokenAuditRecord() == nil)
            await store.close()
        }
    }

    @Test(
        "A lockdown and what it revokes go on record from the reserve; its end waits for space",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func lockdown() async throws {
        try await SmallDisk.with(megabytes: 16) { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 20))
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            try SmallDisk.fill(directory)
            _ = try await untilRefused(store)
            let lockdown = Lockdown(
                scope: .everything, reason: try Reason(parsing: "incident 12"), by: lease.requester,
                since: Sample.now, until: nil, revokes: true)
            let on = AuditEvent(
                .lockdownOn, lockdown, by: .broker, reason: lockdown.reason, at: Sample.now)
            let ended = try await store.begin(lockdown, events: [on]) { lease in
                LeaseStep(
                    lease.id, .ending(.lockdown, attemptAt: Sample.now),
                    audit: .lockedDown(lease, lockdown, by: .broker, at: Sample.now))
            }
            #expect(ended.contains { $0.id == lease.id && $0.state == .revoking })
            #expect(try await store.lockdowns(LockdownQuery()).map(\.id) == [lockdown.id])
            let off = Lockdown.Ending.off(by: lease.requester, reason: lockdown.reason, at: Sample.now)
            await #expect(throws: StoreError.self) {
                try await store.end(lockdown.id, off, audit: Sample.event(.lockdownOff))
            }
            try SmallDisk.clear(directory)
            try await store.checkWritable()
            let after = try await store.end(lockdown.id, off, audit: Sample.event(.lockdownOff))
            #expect(after?.change == .changed)
            #expect(try await store.firstBrokenAuditRecord() == nil)
            await store.close()
        }
    }

    @Test(
        "A daemon that starts on a full disk revokes and gives nothing out",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func startsFull() async throws {
        try await SmallDisk.with(megabytes: 16) { directory in
            var store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 20))
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            await store.close()
            try SmallDisk.fill(directory)
            // The reserve of the last life is still there, and is taken up again.
            store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 20))
            #expect(FileManager.default.fileExists(atPath: directory + "/state.db.reserve"))
            let ending = LeaseStep(
                lease.id, .ending(.revoked, attemptAt: Sample.now),
                audit: Sample.event(.leaseRevoking, of: lease))
            #expect(try await store.apply([ending], now: Sample.now)[0].change == .changed)
            await #expect(throws: StoreError.self) { try await store.admit(Sample.admission()) }
            await store.close()
        }
    }

    @Test("A file system that is read-only is said so", .enabled(if: SmallDisk.isPossible, "takes root"))
    func readOnlyFileSystem() async throws {
        try await SmallDisk.with(megabytes: 2) { directory in
            await (try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 0))).close()
            try SmallDisk.remount(directory, readOnly: true)
            for name in ["state.db", "new.db"] {
                #expect {
                    _ = try SQLiteStore(path: directory + "/" + name, options: .init(reserve: 0))
                } throws: { error in
                    if case .unwritable? = error as? StoreError { true } else { false }
                }
            }
            try SmallDisk.remount(directory, readOnly: false)
        }
    }

    @Test("A file that may not grow is a full disk: nothing is recorded, and the store lives on")
    func pageLimit() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 0))
            let first = try await store.admitted(Sample.admission())
            try await limitPages(store, to: 1)  // SQLite takes this as: no more than there are
            let refused = try await untilRefused(store)
            #expect(refused == .unwritable("the disk is full"))
            #expect(try await store.firstBrokenAuditRecord() == nil)
            let count = try await store.leases(LeaseQuery(limit: 1000)).count
            #expect(try await store.requests(RequestQuery(limit: 1000)).count == count)
            try await limitPages(store, to: 1_000_000)
            _ = try await store.admitted(Sample.admission())
            #expect(try await store.lease(first.id) == first)
            await store.close()
        }
    }

    @Test("A connection that may not write is `unwritable`")
    func readOnlyConnection() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 0))
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 1")
            }
            let refused = await #expect(throws: StoreError.self) {
                try await store.admit(Sample.admission())
            }
            #expect(refused == .unwritable("the file or its file system is read-only"))
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 0")
            }
            _ = try await store.admitted(Sample.admission())
            await store.close()
        }
    }

    private func limitPages(_ store: SQLiteStore, to count: Int) async throws {
        try await store.pool.writeWithoutTransaction { db in
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(count)")
        }
    }

    private func untilRefused(_ store: SQLiteStore) async throws -> StoreError? {
        for _ in 0..<2000 {
            do throws(StoreError) {
                _ = try await store.admit(try! Sample.admission())  // a sample is always valid
            } catch {
                // A write of fewer pages may still find its room: until the smallest is refused too.
                for _ in 0..<2000 {
                    do throws(StoreError) { try await store.checkWritable() } catch { break }
                }
                return error
            }
        }
        return nil
    }
}
