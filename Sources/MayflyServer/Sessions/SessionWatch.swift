package import Foundation
package import Logging
package import MayflyCore

/// Follows the sessions that the login roles of one database have on its server, and puts them on record.
///
/// It looks again and again while leases live, one call to each server, and not at all while there is nothing to see. What begins
/// and ends between two looks is not captured by looking; `interval` says how long that may be.
package actor SessionWatch {
    /// How often is looked, in seconds.
    enum Pace {
        /// Somebody has a session, or got a lease a moment ago.
        static let busy: TimeInterval = 1
        /// Leases live, and nobody uses them.
        static let idle: TimeInterval = 5
        /// The server does not answer.
        static let troubled: TimeInterval = 15
        /// Looking takes no more than this part of the time: what a look costs is waited for a hundred times.
        static let share: Double = 100
        /// How long after it was made a lease is waited for eagerly.
        static let eager: TimeInterval = 60
        /// How often it is read what open sessions have run.
        static let reading: TimeInterval = 30
    }

    private let database: DatabaseName
    private let engine: any DatabaseEngine
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger

    /// Nil until the state was read.
    private var book: SessionBook?
    private var nap: Task<Void, Never>?
    private var eagerUntil = Date.distantPast
    private(set) var figures = SessionWatchFigures()
    private var turn: Task<Void, Never>?
    private var statementFailure: EngineFailure?
    /// Leases of which it is read in one look what they ran.
    private static let mostRead = 200
    private let engineKind: EngineKind
    /// Of leases whose sessions are open: when it was last read what they have run.
    private var readAt: [LeaseID: Date] = [:]
    /// Leases that have ended, of which it is to be read for the last time.
    private var ended: [LeaseID: ProfileName] = [:]
    private let profiles: @Sendable () -> [Profile]

    package init(
        database: DatabaseName, engine: any DatabaseEngine, store: any Store, timekeeper: Timekeeper,
        logger: Logger,
        kind: EngineKind = .postgresql, profiles: @escaping @Sendable () -> [Profile] = { [] }
    ) {
        engineKind = kind
        self.profiles = profiles
        self.database = database
        self.engine = engine
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// Until cancelled.
    package func run() async {
        while !Task.isCancelled {
            let isWanted = await isWanted()
            if isWanted { await look() }
            await rest(for: isWanted ? pause : Pace.idle)
        }
    }

    /// A lease was made: somebody is about to connect.
    package func note(_ lease: Lease) {
        eagerUntil = timekeeper.now().addingTimeInterval(Pace.eager)
        nap?.cancel()
    }

    /// A lease is over: what its sessions ran is read for the last time. The server knows it after the role is gone too.
    package func noteEnded(_ lease: Lease) {
        if kept.contains(lease.profile) { ended[lease.id] = lease.profile }
    }

    /// An administrator ended a session alone.
    package func noteKilled(_ id: SessionID) {
        book?.noteKilled(id)
        nap?.cancel()
    }

    /// That failed: it may go on.
    func forgetKilled(_ id: SessionID) { book?.forgetKilled(id) }

    /// What open sessions are doing, by the last look.
    package var activity: [SessionID: SeenSession] { book?.now ?? [:] }

    /// How long a session may be without being seen, in seconds.
    package var pause: TimeInterval {
        if figures.failure != nil { return Pace.troubled }
        let isBusy = !(book?.open.isEmpty ?? true) || timekeeper.now() < eagerUntil
        return max(isBusy ? Pace.busy : Pace.idle, figures.lastSeconds * Pace.share)
    }

    private func isWanted() async -> Bool {
        if book?.open.isEmpty == false || !ended.isEmpty { return true }
        do {
            return try await store.counts().contains {
                $0.database == database && !$0.state.isFinal && $0.count > 0
            } || book == nil
        } catch {
            logger.error("sessions not looked for", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func rest(for seconds: TimeInterval) async {
        let timekeeper = timekeeper
        // Cancelled by `note` or with the service: both mean to look again at once.
        let nap = Task { _ = try? await timekeeper.sleep(for: .seconds(seconds)) }
        self.nap = nap
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
        self.nap = nil
    }

    /// One look, after one that is under way. What cannot be put on record is found again by the next.
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
            if book == nil {
                book = SessionBook(
                    open: try await store.sessions(
                        SessionQuery(database: database, isOpen: true, limit: .max)))
            }
            let start = ContinuousClock.now
            let look = try await engine.watchSessions()
            figures.looked(for: (ContinuousClock.now - start) / .seconds(1))
            guard let book else { return }
            let needed = book.needed(for: look)
            let known =
                needed.isEmpty
                ? [] : try await store.leases(LeaseQuery(ids: Array(needed), limit: needed.count))
            let leases = Dictionary(
                known.filter { $0.database == database }.map { ($0.id, $0) },
                uniquingKeysWith: { first, _ in first })
            try await take(look, leases)
            try await readStatements()
        } catch let failure as EngineFailure {
            if figures.failure?.code != failure.code || figures.failure?.kind != failure.kind {
                logger.warning("sessions not followed", metadata: ["failure": "\(failure)"])
            }
            figures.failure = failure
        } catch {
            logger.error("sessions not recorded", metadata: ["error": "\(error)"])
        }
    }

    private func take(_ look: SessionLook, _ leases: [LeaseID: Lease]) async throws {
        // Somebody may have killed one meanwhile: as it is now.
        guard var next = book else { return }
        let changes = next.take(look, leases: leases, now: timekeeper.now())
        if !changes.isEmpty {
            do {
                // An ending first: a number that is used again is another session.
                let followed = try await store.follow(changes.ended + changes.began)
                figures.began += changes.began.count
                for session in followed where session.isOpen && !session.novelties.isEmpty {
                    logger.notice(
                        "a session unlike its requester's earlier ones",
                        metadata: [
                            "session": "\(session.id)", "lease": "\(session.lease)",
                            "novelties": "\(session.novelties.map(\.rawValue).sorted())",
                        ])
                }
            } catch {
                // What our calls ended is known to this look alone.
                book?.remember(look.told)
                throw error
            }
        }
        for session in changes.ended { ended[session.lease] = session.profile }
        next.adoptKills(of: book)
        book = next
        figures.open = next.open.count
    }

    /// The profiles of whose leases it is kept what they run.
    private var kept: Set<ProfileName> { Set(profiles().filter { $0.statements != .off }.map(\.name)) }

    /// Reads what was run by leases whose profile says that it is kept: again and again while they have sessions, and once when a
    /// session or the lease has ended. What fails is tried again by the next look.
    private func readStatements() async throws {
        let kept = kept
        ended = ended.filter { kept.contains($0.value) }
        let now = timekeeper.now()
        var wanted = Set(ended.keys)
        let open = Set((book?.open.values.filter { kept.contains($0.profile) } ?? []).map(\.lease))
        readAt = readAt.filter { open.contains($0.key) }
        for lease in open where readAt[lease].map({ now.timeIntervalSince($0) >= Pace.reading }) ?? true {
            wanted.insert(lease)
        }
        guard !wanted.isEmpty else { return }
        let leases = wanted.sorted { $0.rawValue < $1.rawValue }.prefix(Self.mostRead)
        let readings: [StatementReading]
        do throws(EngineFailure) { readings = try await engine.statements(of: Array(leases)) } catch {
            // Looking at sessions goes on without.
            if statementFailure != error {
                logger.warning("statements not read", metadata: ["failure": "\(error)"])
            }
            statementFailure = error
            return
        }
        statementFailure = nil
        let kind = engineKind
        for reading in readings { try await store.record(reading.redacted(as: kind), at: now) }
        for lease in leases {
            ended[lease] = nil
            if open.contains(lease) { readAt[lease] = now }
        }
    }
}
