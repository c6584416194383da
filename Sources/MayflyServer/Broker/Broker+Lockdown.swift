import Foundation
import Logging
package import MayflyCore
import Synchronization

/// Stopping new leases, on everything or a part.
///
/// The store stops them, in the transactions that would give access; what is kept here is for saying so.
extension Broker {
    /// Puts a lockdown in force. What it revokes is on record with it: should the process die here, the next start goes
    /// on ending it.
    package func lockDown(_ order: LockdownOrder, by identity: Identity) async throws(Refusal)
        -> LockdownStart
    {
        try requireAdministrator(identity)
        let now = timekeeper.now()
        let lockdown = Lockdown(
            scope: try await scope(order.scope), reason: order.reason,
            by: .init(identity, person: configuration.people.person(of: identity)), since: now,
            until: order.seconds.map { now.addingTimeInterval(TimeInterval($0)) }, revokes: order.revokes)
        let actor = AuditEvent.Actor.person(identity)
        let events = [AuditEvent(.lockdownOn, lockdown, by: actor, reason: order.reason, at: now)]
        let ending: @Sendable (Lease) -> LeaseStep = { lease in
            LeaseStep(
                lease.id, .ending(.lockdown, attemptAt: now),
                audit: .lockedDown(lease, lockdown, by: actor, at: now))
        }
        let covered: [Lease]
        do { covered = try await store.begin(lockdown, events: events, ending: ending) } catch .unwritable {
            throw await lockDownUnrecorded(lockdown, ending)
        } catch {
            logger.error("lockdown not recorded", metadata: ["error": "\(error)"])
            throw Refusal(error)
        }
        Failpoint.lockdownRecorded.hit()
        state.withLock { state in
            // A reading between the commit and this moment has brought it along already.
            state.lockdowns.removeAll { $0.id == lockdown.id }
            state.lockdowns.insert(lockdown, at: 0)
            state.lockdownMoves += 1
        }
        logger.warning(
            "lockdown on", metadata: ["lockdown": "\(lockdown.id)", "scope": "\(lockdown.scope)"])
        let leases = covered.isEmpty ? [] : try await carryOutEnds(of: covered)
        return LockdownStart(lockdown: lockdown, leases: leases)
    }

    /// An administrator ends it. Ending one that has ended is success.
    package func endLockdown(_ name: String, reason: Reason, by identity: Identity) async throws(Refusal)
        -> Lockdown
    {
        try requireAdministrator(identity)
        let found = try await lockdown(name)
        let now = timekeeper.now()
        let requester = Lease.Requester(identity, person: configuration.people.person(of: identity))
        let event = AuditEvent(.lockdownOff, found, by: .person(identity), reason: reason, at: now)
        let ended = try await stored { () async throws(StoreError) in
            try await store.end(found.id, .off(by: requester, reason: reason, at: now), audit: event)
        }
        guard let ended else { throw Refusal(.internal, "the lockdown is not there") }
        forget(ended.lockdown)
        return ended.lockdown
    }

    /// Those in force, newest first; for auditors also those that have ended, and who did it. Others see what stops
    /// them.
    package func lockdowns(ended: Bool, by identity: Identity) async throws(Refusal) -> [Lockdown] {
        guard isAuditor(identity) else { return lockdowns(stopping: identity) }
        let query = LockdownQuery(inForce: !ended)
        return try await stored { () async throws(StoreError) in try await store.lockdowns(query) }
    }

    private func lockdowns(stopping identity: Identity) -> [Lockdown] {
        let configuration = configuration
        let subjects = configuration.policy.offers(to: identity, now: timekeeper.now())
            .map { configuration.subject($0.grant.profile, identity) }
        return lockdowns.filter { lockdown in subjects.contains(where: lockdown.scope.covers) }
    }

    /// By id or the beginning of one (at least 4 characters, unambiguous).
    private func lockdown(_ name: String) async throws(Refusal) -> Lockdown {
        let all = try await stored { () async throws(StoreError) in
            try await store.lockdowns(LockdownQuery(inForce: false))
        }
        let found = name.utf8.count >= 4 ? all.filter { $0.id.rawValue.hasPrefix(name) } : []
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let lockdown = found.first else {
            throw Refusal(
                .notFound, "no lockdown \(name.quoted())", field: "id",
                hint: "`mayfly lockdown` lists those in force")
        }
        return lockdown
    }

    func requireAdministrator(_ identity: Identity) throws(Refusal) {
        guard isAdministrator(identity) else {
            throw Refusal(
                .denied, "this is for administrators",
                hint: "they are named in the configuration: `administrators`")
        }
    }

    /// The record cannot be written, so nothing is given out as long as that is so; but what is out can be cut.
    /// - Returns: what the caller is told.
    private func lockDownUnrecorded(
        _ lockdown: Lockdown, _ ending: @Sendable (Lease) -> LeaseStep
    ) async -> Refusal {
        var message =
            "the broker cannot write its record: the lockdown is not on record, and nothing is given out only as long"
            + " as that is so"
        if lockdown.revokes {
            do {
                let states = Set(Lease.State.allCases.filter { !$0.isFinal && $0 != .creating })
                let open = try await store.leases(LeaseQuery(states: states, limit: .max))
                    .filter { lockdown.scope.covers(.init(of: $0)) }
                let cut = await endUnrecorded(open.map { (lease: $0, ending: ending($0)) })
                message += "; access was cut at the server for \(cut) of \(open.count) leases"
            } catch { message += "; what is out could not be read" }
        }
        return Refusal(
            .stateUnwritable, message,
            hint: "say it again when the state can be written: its disk may be full or read-only")
    }

    // MARK: - Time

    /// Until cancelled.
    func keepLockdowns() async {
        while !Task.isCancelled {
            do { try await keepDueLockdowns() } catch {
                logger.error("lockdowns not looked after", metadata: ["error": "\(error)"])
            }
            // Cancelled with the broker, which the loop looks at.
            _ = try? await timekeeper.sleep(for: .seconds(1))
        }
    }

    /// Ends those whose time is over, also while nobody was there. One whose end cannot be recorded stays in force.
    func keepDueLockdowns() async throws(StoreError) {
        let moves = state.withLock { $0.lockdownMoves }
        let inForce = try await store.lockdowns(LockdownQuery())
        state.withLock { state in
            if state.lockdownMoves == moves { state.lockdowns = inForce }
        }
        let now = timekeeper.now()
        for lockdown in inForce {
            guard let until = lockdown.until, until <= now else { continue }
            let event = AuditEvent(
                .lockdownEnded, lockdown, by: .broker, reason: lockdown.reason, at: now)
            do {
                guard let ended = try await store.end(lockdown.id, .time(at: now), audit: event) else {
                    continue
                }
                forget(ended.lockdown)
            } catch .unwritable(let why) {
                logger.error("lockdown's end not recorded", metadata: ["why": "\(why)"])
            }
        }
    }

    private func forget(_ lockdown: Lockdown) {
        guard !lockdown.isInForce else { return }
        state.withLock { state in
            state.lockdowns.removeAll { $0.id == lockdown.id }
            state.lockdownMoves += 1
        }
    }
}

extension Configuration {
    /// What a lockdown may stop.
    func subject(_ profile: Profile, _ identity: Identity) -> Lockdown.Subject {
        Lockdown.Subject(
            database: profile.database, profile: profile.name,
            requester: .init(identity, person: people.person(of: identity)),
            people: people.everybody(behind: identity))
    }
}
