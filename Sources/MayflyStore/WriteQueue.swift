import Foundation
import GRDB
import MayflyCore
import Synchronization

/// Group commit: what queued up while one transaction was being written and synced is the next transaction.
///
/// Each write runs in a savepoint of its own, so that one that fails is undone alone. If one of a group must
/// be durable the whole group is synced once; a group of intents is not synced at all. That is SQLite's
/// `synchronous`: in WAL mode FULL syncs the log at each commit, and with it whatever earlier commits left
/// unsynced in it; NORMAL does so at checkpoints only. It cannot be changed within a transaction, so it is
/// set before BEGIN, on the one connection that writes
/// (https://www.sqlite.org/pragma.html#pragma_synchronous).
final class WriteQueue: Sendable {
    private struct State {
        var waiting: [any QueuedWrite] = []
        /// A drain runs on the writer, or is about to.
        var draining = false
        var closed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// More in one transaction would hold back the first of them.
    private static let mostPerCommit = 200

    private let pool: DatabasePool
    private let reserve: DiskReserve
    private let state = Mutex(State())
    /// What `synchronous` is set to on the writer. Touched on the writer's queue only; the lock says so to
    /// Swift.
    private let syncsCommits = Mutex<Bool?>(nil)
    private let synced = Mutex<Int64>(0)

    /// The last audit record that is known to be on the disk.
    var syncedSequence: Int64 { synced.withLock { $0 } }

    init(pool: DatabasePool, reserve: DiskReserve) {
        self.pool = pool
        self.reserve = reserve
    }

    /// Runs `body` in a write transaction and returns once it is committed.
    ///
    /// Not cancelled with its task: what was begun is finished and on record.
    func write<Value: Sendable>(
        _ purpose: WritePurpose, durable: Bool, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            enqueue(Write(purpose: purpose, durable: durable, body: body, continuation: continuation))
        }
        return try result.get()
    }

    /// Returns when everything that was accepted is committed; what comes later is refused.
    func close() async {
        await withCheckedContinuation { continuation in
            let idle = state.withLock { state in
                state.closed = true
                if state.draining { state.closers.append(continuation) }
                return !state.draining
            }
            if idle { continuation.resume() }
        }
    }

    private func enqueue(_ write: any QueuedWrite) {
        enum Turn { case refused, begin, waits }
        let turn: Turn = state.withLock { state in
            if state.closed { return .refused }
            state.waiting.append(write)
            if state.draining { return .waits }
            state.draining = true
            return .begin
        }
        switch turn {
        case .refused: write.finish(.other("the state is closed"))
        case .begin: pool.asyncWriteWithoutTransaction { db in self.drain(db) }
        case .waits: break
        }
    }

    private func drain(_ db: Database) {
        while let group = nextGroup() { commit(group, db) }
    }

    private func nextGroup() -> [any QueuedWrite]? {
        let (group, closers): ([any QueuedWrite]?, [CheckedContinuation<Void, Never>]) = state.withLock {
            state in
            guard !state.waiting.isEmpty else {
                state.draining = false
                defer { state.closers = [] }
                return (nil, state.closers)
            }
            let group = Array(state.waiting.prefix(Self.mostPerCommit))
            state.waiting.removeFirst(group.count)
            return (group, [])
        }
        for closer in closers { closer.resume() }
        return group
    }

    private func commit(_ group: [any QueuedWrite], _ db: Database) {
        guard reserve.isHeld() else {
            refuse(group.filter { $0.purpose == .record })
            let ending = group.filter { $0.purpose == .ending }
            if !ending.isEmpty, let error = transact(ending, db) { fail(ending, StoreError(error)) }
            return
        }
        guard let error = transact(group, db) else { return }
        let ending = group.filter { $0.purpose == .ending }
        if (error as? DatabaseError)?.isDiskFull == true, !ending.isEmpty, reserve.release() {
            refuse(group.filter { $0.purpose == .record })
            if let error = transact(ending, db) { fail(ending, StoreError(error)) }
        } else {
            fail(group, StoreError(error))
        }
    }

    private func refuse(_ group: [any QueuedWrite]) {
        fail(group, .unwritable("the disk is full, what is left is kept for revoking"))
    }

    private func fail(_ group: [any QueuedWrite], _ error: StoreError) {
        for write in group { write.finish(error) }
    }

    /// One transaction. On success every caller has its answer.
    /// - Returns: the error that rolled all of it back; then no caller was told yet.
    private func transact(_ group: [any QueuedWrite], _ db: Database) -> (any Error)? {
        var failures: [Int: StoreError] = [:]
        do {
            let isDurable = group.contains(where: \.durable)
            try sync(isDurable, db)
            // Cached, which GRDB's own methods are not: to parse them takes longer than to run them.
            try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
            for (index, write) in group.enumerated() {
                // Alone it is undone with the transaction.
                guard group.count > 1 else {
                    try write.perform(db)
                    continue
                }
                try db.cachedStatement(sql: "SAVEPOINT member").execute()
                do {
                    try write.perform(db)
                } catch {
                    if !db.isInsideTransaction { throw error }
                    if let error = error as? DatabaseError, error.concernsWholeTransaction { throw error }
                    failures[index] = StoreError(error)
                    try db.cachedStatement(sql: "ROLLBACK TO SAVEPOINT member").execute()
                }
                try db.cachedStatement(sql: "RELEASE SAVEPOINT member").execute()
            }
            let last = isDurable ? try AuditLog.head(db).sequence : 0
            try db.cachedStatement(sql: "COMMIT").execute()
            synced.withLock { $0 = max($0, last) }
        } catch {
            if db.isInsideTransaction {
                // If it fails, SQLite has rolled back by itself, or will before the next BEGIN.
                do { try db.rollback() } catch {}
            }
            return error
        }
        for (index, write) in group.enumerated() { write.finish(failures[index]) }
        return nil
    }

    private func sync(_ commits: Bool, _ db: Database) throws {
        guard syncsCommits.withLock({ $0 }) != commits else { return }
        try db.execute(sql: commits ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        syncsCommits.withLock { $0 = commits }
    }
}
