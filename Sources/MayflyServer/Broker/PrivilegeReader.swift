package import Foundation
package import Logging
package import MayflyCore
import MayflyCrypto
import Synchronization

/// Reads back what the groups of one database's leases really give, and puts it on record.
///
/// Once for each set of groups when it is first used, and every `interval` while a lease has it: what it costs grows with
/// neither leases nor tables of other groups, and no lease waits for it.
package final class PrivilegeReader: Sendable {
    private struct State {
        /// When each set of groups was read last, by the monotonic clock of this life.
        var read: [[String]: Date] = [:]
        var wanted: Set<[String]> = []
    }

    private let database: DatabaseName
    private let engine: any DatabaseEngine
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let interval: TimeInterval
    private let bell = Bell()
    private let state = Mutex(State())

    package init(
        database: DatabaseName, engine: any DatabaseEngine, store: any Store, timekeeper: Timekeeper,
        interval: TimeInterval = 300, logger: Logger
    ) {
        self.database = database
        self.engine = engine
        self.store = store
        self.timekeeper = timekeeper
        self.interval = interval
        self.logger = logger
    }

    /// A lease was made. Costs a look into a dictionary.
    func note(_ lease: Lease) {
        let groups = lease.effectiveGroups
        let isNew = state.withLock { state in
            state.read[groups] == nil && state.wanted.insert(groups).inserted
        }
        if isNew { bell.ring() }
    }

    /// Until cancelled. Looks when a lease with other groups was made, and whenever it is told to.
    package func run() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                await pass()
                await bell.wait()
            }
        } onCancel: {
            bell.ring()
        }
    }

    /// The server can be reached, or some time has passed.
    func wake() { bell.ring() }

    /// Reads what is due.
    private func pass() async {
        guard !Task.isCancelled else { return }
        do {
            let now = timekeeper.now()
            let living = try await store.liveGroups(database)
            let due = state.withLock { state in
                // One that was wanted while it was being read is read by now.
                let wanted = living.union(state.wanted)
                state.wanted = []
                state.read = state.read.filter { wanted.contains($0.key) }
                return wanted.filter { groups in
                    state.read[groups].map { abs(now.timeIntervalSince($0)) >= interval } ?? true
                }
            }
            for groups in due.sorted(by: { $0.lexicographicallyPrecedes($1) }) where !Task.isCancelled {
                do { _ = try await read(groups) } catch let failure as EngineFailure {
                    // Asked again at the next pass.
                    logger.info("privileges not read", metadata: ["failure": "\(failure)"])
                }
            }
        } catch {
            logger.error("privileges not recorded", metadata: ["error": "\(error)"])
        }
    }

    /// Reads now, and puts it on record where it is news.
    func read(_ groups: [String]) async throws -> PrivilegeReading {
        let privileges = try await engine.effectivePrivileges(of: groups)
        let now = timekeeper.now()
        let hash = try SHA256Digest(hashing: Array(try privileges.encoded().utf8)).hex
        let reading = PrivilegeReading(
            database: database, groups: groups, privileges: privileges, hash: hash, readAt: now)
        let event = AuditEvent(
            at: now, actor: .broker, action: .privilegesRead, subject: .init(database: database),
            details: [
                "groups": reading.groups.joined(separator: ","), "sha256": hash,
                "entries": String(privileges.entries.count),
                "of_everybody": String(privileges.entries.count { $0.isPublic }),
            ])
        try await store.record(reading, audit: event)
        state.withLock { $0.read[reading.groups] = now }
        return reading
    }
}
