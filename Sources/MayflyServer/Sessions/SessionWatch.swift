package import Foundation
package import Logging
package import MayflyCore
import Synchronization

/// Follows the sessions that the login roles of one database have on its server, and puts them on record.
///
/// It looks again and again while leases live, one call to each server, and not at all while there is nothing to see. What begins
/// and ends between two looks is not captured by looking; `pause` says how long that may be. When it looked for sure is on record
/// too (`WatchedStretch`): of a time that is in none, nothing is said.
package actor SessionWatch {
    /// How often is looked, in seconds.
    enum Pace {
        /// Somebody has a session, or got a lease a moment ago.
        static let busy: TimeInterval = 1
        /// Leases live, and nobody uses them.
        static let idle: TimeInterval = 5
        /// The server does not answer, or the state cannot be written.
        static let troubled: TimeInterval = 15
        /// How long after it was made a lease is waited for eagerly.
        static let eager: TimeInterval = 60
        /// How often it is put on record that somebody looks.
        static let covering: TimeInterval = 60
    }

    /// What others say, without waiting for a look.
    private struct Hints {
        var eagerUntil = Date.distantPast
        var ended: [LeaseID: ProfileName] = [:]
        var nap: Task<Void, Never>?
    }

    let database: DatabaseName
    let engine: any DatabaseEngine
    let store: any Store
    let timekeeper: Timekeeper
    let logger: Logger
    let engineKind: EngineKind
    private let profiles: @Sendable () -> [Profile]
    private let hints = Mutex(Hints())

    /// Nil until the state was read.
    private(set) var book: SessionBook?
    /// Of which leases it is read what they ran.
    var agenda = StatementAgenda()
    var figures = SessionWatchFigures()
    private var turn: Task<Void, Never>?
    /// When the last look was over.
    private var lookedAt = Date.distantPast
    /// In which we are; nil while not all is seen.
    private(set) var stretch: WatchedStretch?
    /// Until when the record has it.
    private var coveredUntil = Date.distantPast
    /// Since when not all is seen, where it was before, in this life.
    private var blindSince: Date?

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
            if isWanted {
                await look()
            } else if !figures.isPartial {
                await cover()
            }
            await rest(for: isWanted ? pause : Pace.idle)
        }
        await cover(isLast: true)
    }

    /// A lease was made: somebody is about to connect.
    package nonisolated func note(_ lease: Lease) {
        let until = timekeeper.now().addingTimeInterval(Pace.eager)
        hints.withLock { hints in
            hints.eagerUntil = until
            hints.nap?.cancel()
        }
    }

    /// A lease is over: what its sessions ran is read for the last time. The server knows it after the role is gone too.
    package nonisolated func noteEnded(_ lease: Lease) {
        hints.withLock { hints in
            guard hints.ended.count < StatementAgenda.mostEnded else { return }
            hints.ended[lease.id] = lease.profile
        }
    }

    /// An administrator is about to end a session alone; followed by one of the next two.
    func noteKilling(_ id: SessionID) { book?.noteKilling(id) }

    func noteKilled(_ id: SessionID) { book?.noteKilled(id) }

    /// It was not ended by that, and may go on.
    func forgetKilling(_ id: SessionID) { book?.forgetKilling(id) }

    /// What open sessions are doing, by the last look.
    package var activity: [SessionID: SeenSession] { book?.now ?? [:] }

    /// How long a session may be without being seen, in seconds.
    package var pause: TimeInterval {
        if figures.isBlind { return Pace.troubled }
        let isOpen = book.map { !$0.open.isEmpty || !$0.unlisted.isEmpty } ?? false
        let isBusy = isOpen || isEager
        return max(isBusy ? Pace.busy : Pace.idle, figures.pace.rest(isEager: isEager))
    }

    private var isEager: Bool { timekeeper.now() < hints.withLock { $0.eagerUntil } }

    /// The profiles of whose leases it is kept what they run.
    var kept: Set<ProfileName> { Set(profiles().filter { $0.statements != .off }.map(\.name)) }

    private func isWanted() async -> Bool {
        takeEnded()
        // Also to find out whether it can be seen again.
        guard let book, !figures.isPartial else { return true }
        if !book.open.isEmpty || !book.unlisted.isEmpty { return true }
        if !agenda.due(open: [], now: timekeeper.now()).isEmpty { return true }
        do {
            return try await store.counts().contains {
                $0.database == database && !$0.state.isFinal && $0.count > 0
            }
        } catch {
            notRecorded(error)
            return false
        }
    }

    private func takeEnded() {
        let ended = hints.withLock { hints in
            defer { hints.ended = [:] }
            return hints.ended
        }
        for (lease, profile) in ended { readLast(lease, of: profile) }
    }

    private func readLast(_ lease: LeaseID, of profile: ProfileName) {
        guard kept.contains(profile), !agenda.end(lease, of: profile) else { return }
        figures.unreadStatements += 1
        logger.warning("too many leases wait for what they ran to be read", metadata: ["lease": "\(lease)"])
    }

    private func rest(for seconds: TimeInterval) async {
        let timekeeper = timekeeper
        // Cancelled by `note` or with the service: both mean to look again soon.
        let nap = Task { _ = try? await timekeeper.sleep(for: .seconds(seconds)) }
        hints.withLock { $0.nap = nap }
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
        hints.withLock { $0.nap = nil }
        // However eagerly it is waited for, a look has its share of the time and no more.
        let rested = max(0, timekeeper.now().timeIntervalSince(lookedAt))  // the clock may have stepped back
        let left = figures.pace.rest(isEager: isEager) - rested
        // Cancelled with the service only.
        if left > 0, !Task.isCancelled { _ = try? await timekeeper.sleep(for: .seconds(left)) }
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
        takeEnded()
        do throws(StoreError) { try await begin() } catch { return notRecorded(error) }
        let look: SessionLook
        let start = ContinuousClock.now
        do throws(EngineFailure) { look = try await engine.watchSessions() } catch {
            if figures.failure?.code != error.code || figures.failure?.kind != error.kind {
                logger.warning("sessions not followed", metadata: ["failure": "\(error)"])
            }
            figures.failure = error
            await uncover("the server could not be asked: \(error.publicDescription)")
            return
        }
        figures.looked(for: (ContinuousClock.now - start) / .seconds(1))
        lookedAt = timekeeper.now()
        note(look)
        do throws(StoreError) { try await take(look) } catch {
            // What our calls ended is known to this look alone.
            book?.remember(look.told)
            notRecorded(error)
            await uncover("what was found could not be put on record")
            return
        }
        figures.recorded()
        if look.unanswered.isEmpty {
            await cover()
        } else {
            await uncover("standbys did not answer: \(look.unanswered.keys.sorted().joined(separator: ", "))")
        }
        await readStatements()
    }

    /// At the start: what the state has.
    private func begin() async throws(StoreError) {
        guard book == nil else { return }
        let open = try await store.sessions(SessionQuery(database: database, isOpen: true, limit: .max))
        // What ended when nobody was there to read what it ran, or just before.
        let last = try await store.lastWatchedStretch(database)
        let now = timekeeper.now()
        let since = min((last?.until ?? now).addingTimeInterval(-Self.readAgain), now)
        let kept = kept
        // It does not end before it begins.
        if !kept.isEmpty, let period = try? ReportPeriod(from: since, to: now) {
            let final = Set(Lease.State.allCases.filter(\.isFinal))
            let leases = try await store.leases(
                LeaseQuery(
                    lived: period, database: database, states: final, limit: StatementAgenda.mostEnded))
            for lease in leases { readLast(lease.id, of: lease.profile) }
        }
        book = SessionBook(open: open)
    }

    /// What ended so long before the last that is on record of us may not have been read, in seconds.
    private static let readAgain: TimeInterval = 600

    /// Says once what a look could not see.
    private func note(_ look: SessionLook) {
        for (host, failure) in look.unanswered.sorted(by: { $0.key < $1.key })
        where figures.unanswered[host]?.code != failure.code || figures.unanswered[host]?.kind != failure.kind
        {
            logger.warning(
                "a standby's sessions not followed", metadata: ["host": "\(host)", "failure": "\(failure)"])
        }
        for host in figures.unanswered.keys.sorted() where look.unanswered[host] == nil {
            logger.notice("a standby's sessions are followed again", metadata: ["host": "\(host)"])
        }
        figures.unanswered = look.unanswered
        guard look.unreadTold > 0 else { return }
        figures.unreadTold += look.unreadTold
        logger.warning(
            "the guard's lists of ended sessions could not be read: how those ended is not known",
            metadata: ["answers": "\(look.unreadTold)"])
    }

    func notRecorded(_ error: StoreError) {
        guard figures.notRecorded(error, at: timekeeper.now()) else { return }
        logger.error("sessions not recorded", metadata: ["error": "\(error)"])
    }

    private func take(_ look: SessionLook) async throws(StoreError) {
        guard let needed = book?.needed(for: look) else { return }
        let known =
            needed.isEmpty ? [] : try await store.leases(LeaseQuery(ids: Array(needed), limit: needed.count))
        let leases = Dictionary(
            known.filter { $0.database == database }.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let strangers = book?.budget.unknown(among: leases.keys) ?? []
        let counts = strangers.isEmpty ? [:] : try await store.sessionCounts(of: strangers)
        let now = timekeeper.now()
        // Somebody may have killed one meanwhile: as it is now.
        guard var next = book else { return }
        for lease in strangers { next.budget.open(lease, recorded: counts[lease]?.listed ?? 0, now: now) }
        let changes = next.take(look, leases: leases, now: now)
        if !changes.isEmpty {
            // An ending first: a number that is used again is another session.
            let followed = try await store.follow(
                changes.ended + changes.began, leavingOut: changes.leftOut)
            figures.began += changes.began.count
            tell(followed, changes.leftOut)
        }
        for session in changes.ended { readLast(session.lease, of: session.profile) }
        next.adoptKills(of: book)
        book = next
        figures.open = next.open.count + next.unlisted.count
    }

    private func tell(_ followed: [Session], _ leftOut: [SessionsLeftOut]) {
        for session in followed where session.isOpen && !session.novelties.isEmpty {
            logger.notice(
                "a session unlike its requester's earlier ones",
                metadata: [
                    "session": "\(session.id)", "lease": "\(session.lease)",
                    "novelties": "\(session.novelties.map(\.rawValue).sorted())",
                ])
        }
        for one in leftOut {
            figures.leftOut += one.count
            logger.notice(
                "more sessions of a lease than are put on record one by one",
                metadata: ["lease": "\(one.lease.id)", "count": "\(one.count)"])
        }
    }

    // MARK: - Whether somebody looked

    /// All is seen and on record until now. Where nothing is to be seen there is no look, and a stretch goes on.
    private func cover(isLast: Bool = false) async {
        let now = timekeeper.now()
        var events: [AuditEvent] = []
        if var running = stretch {
            // The process stood still: nobody looked then.
            let gap = now.timeIntervalSince(running.until)
            if gap < 0 || gap > max(Pace.covering, 3 * pause) {
                stretch = nil
            } else {
                running.until = now
                stretch = running
            }
        }
        if stretch == nil {
            // It begins with a look.
            guard figures.looks > 0, !figures.isPartial, !isLast else { return }
            let begun = WatchedStretch(database: database, from: now, until: now)
            if let blindSince { events = [.watched(begun, again: blindSince)] }
            stretch = begun
            coveredUntil = .distantPast
        }
        guard let stretch, isLast || now.timeIntervalSince(coveredUntil) >= Pace.covering else { return }
        do throws(StoreError) {
            try await store.cover(stretch, recording: events)
            coveredUntil = now
            blindSince = nil
        } catch {
            self.stretch = nil
            notRecorded(error)
        }
    }

    /// From the end of the stretch that we are in, not all is seen.
    private func uncover(_ why: String) async {
        guard let ended = stretch else { return }
        stretch = nil
        blindSince = ended.until
        do throws(StoreError) {
            try await store.cover(
                ended, recording: [.unwatched(ended, why: why, at: timekeeper.now())])
        } catch {
            // The record that it began again says since when it had not.
            notRecorded(error)
        }
    }

    /// Whether somebody looked for all of a lease's life, so far. By what is on record, and by what is not yet.
    package func covers(_ lease: Lease, _ recorded: [WatchedStretch]) -> Bool {
        let now = timekeeper.now()
        if let stretch, stretch.from <= lease.createdAt {
            // What came after the last look came between two of them.
            return lease.endedAt ?? stretch.until <= stretch.until.addingTimeInterval(pause)
        }
        return recorded.contains { $0.covers(lease, asOf: now) }
    }
}
