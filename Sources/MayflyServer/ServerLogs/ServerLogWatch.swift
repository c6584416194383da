import Dispatch
import Foundation
package import Logging
package import MayflyCore

/// Follows the log of one database's server, and puts on record what is about leases.
///
///     idle ─▶ look ─▶ commit ─▶ idle          nothing is taken before it is committed with its cursor
///               │        └▶ (failed) anew from the state's cursors
///               └▶ trouble: no such directory, no rights; said in `limit`, tried again
package actor ServerLogWatch {
    private enum Pace {
        static let busy: TimeInterval = 1
        static let idle: TimeInterval = 5
        static let troubled: TimeInterval = 15
        /// Cursors alone are put in the state no oftener; a crash reads that part again, and keeps nothing of it twice.
        static let cursors: TimeInterval = 60
    }

    private let database: DatabaseName
    private let source: ServerLogSource
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let profiles: @Sendable () -> [Profile]
    /// Files are read here, one look after another.
    private let queue = DispatchQueue(label: "mayfly.server-log")

    /// Nil until the cursors were read from the state.
    private var folder: Confined?
    private var log: LeaseLog
    private var clock = ServerLogClock()
    /// Leases of roles that came by lately.
    private var leases: [RoleName: Lease] = [:]
    private var savedAt = Date.distantPast
    private var saved: [LogCursor] = []
    private var turn: Task<Void, Never>?
    /// Why the log cannot be read; nil when it is.
    package private(set) var trouble: ServerLogTrouble?
    /// Trouble that is on record, and is not over.
    private var away: ServerLogTrouble?
    /// Whether there is more to read than was read.
    package private(set) var isBehind = false
    /// Records that were read, in this life.
    package private(set) var records = 0

    package init(
        database: DatabaseName, source: ServerLogSource, store: any Store, timekeeper: Timekeeper,
        logger: Logger,
        profiles: @escaping @Sendable () -> [Profile]
    ) {
        self.database = database
        self.source = source
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
        self.profiles = profiles
        log = LeaseLog(database: database)
    }

    /// Until cancelled.
    package func run() async {
        while !Task.isCancelled {
            let before = records
            await look()
            if isBehind { continue }
            let pause = trouble != nil ? Pace.troubled : records > before ? Pace.busy : Pace.idle
            _ = try? await timekeeper.sleep(for: .seconds(pause))  // cancelled with the service
        }
    }

    /// One look, after one that is under way.
    package func look() async {
        let before = turn
        let own = Task {
            await before?.value
            await lookInTurn()
        }
        turn = own
        await own.value
        if turn == own { turn = nil }
    }

    private func lookInTurn() async {
        do {
            if folder == nil {
                saved = try await store.serverLogCursors(database)
                folder = Confined(ServerLogFolder(source, cursors: saved))
            }
            guard let folder else { return }
            let result = await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: folder.look()) }
            }
            switch result {
            case .success(var haul):
                if let away { haul.gaps.insert(away.gap(.back, source.directory), at: 0) }
                try await take(haul)
                (away, isBehind) = (nil, haul.isBehind)
                say(haul.trouble)
            case .failure(let failure):
                isBehind = false
                say(failure)
                // On record once, with what kind of trouble it is: the sentence may be another one with each look.
                guard away?.kind != failure.kind else { return }
                try await store.record(
                    AuditEvent.gaps(
                        [failure.gap(.away, source.directory)], of: database, at: timekeeper.now()))
                away = failure
            }
        } catch {
            logger.error("server log not recorded", metadata: ["error": "\(error)"])
            // From what is committed.
            (folder, isBehind) = (nil, false)
            log = LeaseLog(database: database)
        }
    }

    private func say(_ failure: ServerLogTrouble?) {
        if let failure, trouble != failure {
            logger.warning("server log not read", metadata: ["why": "\(failure)"])
        }
        trouble = failure
    }

    private func take(_ haul: ServerLogHaul) async throws {
        let now = timekeeper.now()
        let modes = Dictionary(
            profiles().map { ($0.name, $0.statements) }, uniquingKeysWith: { first, _ in first })
        log.begin()
        log.note(haul.gaps, haul.cursors)
        records += haul.records.count
        if leases.count > 10_000 { leases = [:] }
        var strangers: Set<RoleName> = []
        // As they are now: one may have ended.
        var fresh: Set<RoleName> = []
        for found in haul.records {
            // Whoever is not one of ours is dropped here.
            guard let line = ServerLogLine(found.fields, &clock), let role = RoleName(rawValue: line.user),
                !strangers.contains(role)
            else { continue }
            if fresh.insert(role).inserted {
                let known = try await store.leases(LeaseQuery(roles: [role], database: database, limit: 1))
                    .first
                leases[role] = known
                if known == nil { strangers.insert(role) }
            }
            guard let lease = leases[role] else { continue }
            log.take(
                line, of: lease, modes[lease.profile], length: found.record.length,
                sha256: found.record.sha256,
                isDoubtful: found.isDoubtful, now: now)
        }
        let batch = log.batch
        guard !batch.isEmpty || batch.cursors != saved && now.timeIntervalSince(savedAt) >= Pace.cursors
        else { return }
        if !batch.isEmpty { Failpoint.serverLogRead.hit() }
        let news = try await batch.taken(by: store, from: saved, now: now)
        if !batch.isEmpty { Failpoint.serverLogTaken.hit() }
        (saved, savedAt) = (batch.cursors, now)
        for gap in batch.gaps {
            logger.warning(
                "gap in the server log",
                metadata: ["kind": "\(gap.kind.rawValue)", "file": "\(gap.file.quoted())"])
        }
        for line in news where line.what == .loginFailed {
            logger.notice(
                "failed login with a lease's role",
                metadata: [
                    "lease": "\(line.lease)", "from": "\(line.address ?? "local")",
                    "state": "\(line.sqlState ?? "")",
                ])
        }
    }

    /// What the record of a lease lacks, for whoever reads it; nil when nothing is known to.
    package var limit: String? {
        if let trouble { return "the server's log cannot be read now: \(trouble)" }
        return isBehind ? "the server's log was not read to its end yet" : nil
    }
}

extension ServerLogTrouble {
    fileprivate func gap(_ kind: ServerLogGap.Kind, _ directory: String) -> ServerLogGap {
        ServerLogGap(kind, directory, detail: self.kind.rawValue)
    }
}

/// The folder, which is used on one queue only: each look is awaited before the next is begun.
private final class Confined: @unchecked Sendable {
    private let folder: ServerLogFolder
    init(_ folder: ServerLogFolder) { self.folder = folder }
    func look() -> Result<ServerLogHaul, ServerLogTrouble> {
        do throws(ServerLogTrouble) { return .success(try folder.look()) } catch { return .failure(error) }
    }
}
