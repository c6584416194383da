import Foundation
import GRDB
import MayflyCore
import MayflyTesting
import Synchronization
import Testing

@testable import MayflyStore

@Suite("What is on disk, and when")
struct DurabilityTests {
    private typealias Sample = StoreConformanceSample

    @Test("Killed at any instant, the file holds what was acknowledged and half of nothing")
    func killed() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            let store = try SQLiteStore(path: path, options: .init(reserve: 1 << 16))
            let acknowledged = Acknowledged()
            let copies = 5
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<25 {
                            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
                            acknowledged.ids.withLock { $0.append(lease.id) }
                        }
                    }
                }
                group.addTask {
                    for index in 0..<copies {
                        // On the writer's queue nothing moves while the files are copied. The open
                        // transaction is what a kill in mid-write leaves.
                        let known = try await store.pool.writeWithoutTransaction { db in
                            let known = acknowledged.ids.withLock { $0 }
                            try db.inTransaction(.immediate) {
                                try db.execute(sql: "INSERT INTO memos VALUES ('half', CAST('x' AS BLOB))")
                                try copyState(path, to: "\(directory)/copy\(index).db")
                                return .rollback
                            }
                            return known
                        }
                        let copy = try SQLiteStore(
                            path: "\(directory)/copy\(index).db", options: .init(reserve: 1 << 16))
                        let kept = Set(try await copy.leases(LeaseQuery(limit: 1000)).map(\.id))
                        #expect(kept.isSuperset(of: known))
                        #expect(try await copy.memo("half") == nil)
                        #expect(try await copy.firstBrokenAuditRecord() == nil)
                        for lease in try await copy.leases(LeaseQuery(limit: 1000)) {
                            // A lease and its records are there together, or not at all.
                            let actions = try await copy.audit(AuditQuery(lease: lease.id)).map(
                                \.event.action)
                            #expect(
                                actions
                                    == (lease.state == .active
                                        ? [.leaseCreating, .leaseActive] : [.leaseCreating]))
                        }
                        await copy.close()
                    }
                }
                try await group.waitForAll()
            }
            await store.close()
        }
    }

    @Test("Intents are not synced, what makes a lease active is")
    func synchronous() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            func level() async throws -> Int? {
                try await store.pool.writeWithoutTransaction { db in
                    try Int.fetchOne(db, sql: "PRAGMA synchronous")
                }
            }
            let lease = try await store.admitted(Sample.admission())
            #expect(try await level() == 1)
            _ = try await store.apply(
                [LeaseStep(lease.id, .made(roleOID: 1, validUntil: Sample.now), audit: nil)], now: Sample.now)
            #expect(try await level() == 2)
            _ = try await store.claimDue(
                Sample.orders, .first, now: Sample.now, limit: 1, claim: Sample.claim())
            #expect(try await level() == 1)
            try await store.record([Sample.event(.daemonStopped)])
            #expect(try await level() == 2)
            await store.close()
        }
    }

    @Test("What a reader of the audit log is shown is on the disk")
    func shown() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            _ = try await store.admitted(Sample.admission())
            #expect(store.writes.syncedSequence == 0)
            #expect(try await store.audit(AuditQuery()).count == 2)
            #expect(store.writes.syncedSequence == 2)
            _ = try await store.admitted(Sample.admission())
            #expect(try await store.audit(AuditQuery(limit: 2)).count == 2)
            #expect(store.writes.syncedSequence == 2)
            await store.close()
        }
    }

    @Test("What is exported is on the disk: what a crash of the host could take back is told nobody")
    func exported() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            let lease = try await store.admitted(Sample.admission())
            func read(_ after: Int64) async throws -> [Int64] {
                let told = try await store.export(after: after, [.requestCreated, .leaseCreating], limit: 9)
                return told.records.map(\.sequence) + [told.upTo]
            }
            #expect(try await store.lastDurable() == 0)
            #expect(try await read(0) == [0])
            // Asked for no sync either.
            #expect(store.writes.syncedSequence == 0)
            _ = try await store.apply(
                [LeaseStep(lease.id, .made(roleOID: 1, validUntil: Sample.now), audit: nil)], now: Sample.now)
            _ = try await store.admitted(Sample.admission())
            #expect(try await read(0) == [1, 2, 2])
            #expect(try await read(2) == [2])
            await store.close()
        }
    }

    @Test("A column that was damaged is damage, not nothing")
    func damaged() async throws {
        try await withScratchDirectory { directory in
            let path = directory + "/state.db"
            var store = try SQLiteStore(path: path, options: .init(reserve: 1 << 16))
            let lease = try await store.admitted(Sample.admission())
            await store.close()
            try raw(path) { db in try db.execute(sql: "UPDATE leases SET end_reason = 'nonsense'") }
            store = try SQLiteStore(path: path, options: .init(reserve: 1 << 16))
            await #expect(throws: StoreError.corrupt("a column cannot be read")) {
                try await store.lease(lease.id)
            }
            await store.close()
        }
    }

    @Test("Writes that wait together share one commit")
    func groupCommit() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            let commits = CommitCounter()
            store.pool.add(transactionObserver: commits, extent: .databaseLifetime)
            let leases = try await withThrowingTaskGroup(of: Lease.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await store.admitted(Sample.admission(), activeAt: Sample.now) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(leases.count == 200)
            #expect(leases.allSatisfy { $0.state == .active })
            // 400 writes; measured: about 10 commits.
            #expect(commits.count < 200)
            #expect(try await store.firstBrokenAuditRecord() == nil)
            await store.close()
        }
    }

    @Test("A member of a group that fails is undone alone")
    func failsAlone() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            let taken = try Sample.admission()
            _ = try await store.admitted(taken)
            let fine = try (0..<50).map { _ in try Sample.admission() }
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for (index, admission) in fine.enumerated() {
                    group.addTask { (try? await store.admitted(admission)) != nil }
                    if index % 5 == 0 { group.addTask { (try? await store.admitted(taken)) != nil } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == 50)
            #expect(outcomes.count { !$0 } == 10)
            #expect(try await store.leases(LeaseQuery(limit: 1000)).count == 51)
            #expect(try await store.firstBrokenAuditRecord() == nil)
            await store.close()
        }
    }

    @Test("A write goes on though its task was cancelled")
    func cancelled() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            let admission = try Sample.admission()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await store.admitted(admission, activeAt: Sample.now)
            }
            #expect(try await task.value.state == .active)
            await store.close()
        }
    }
}

/// Counts the commits of the writer that changed something.
private final class CommitCounter: TransactionObserver, Sendable {
    private let commits = Mutex(0)
    var count: Int { commits.withLock { $0 } }
    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { commits.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}

private final class Acknowledged: Sendable {
    let ids = Mutex<[LeaseID]>([])
}
