import Foundation
import Logging
import MayflyCore

/// Roles that no living lease knows.
extension Reconciler {
    /// Ends what is certainly left over, and decides on orphans.
    func settleUnknown(_ roles: [RoleStanding], living: [LeaseID: Lease.State]) async throws {
        let (over, unknown) = try await sort(roles, living: living)
        met.formUnion((over + unknown).map(\.role))
        let kept = try await keptRoles()
        var ending = over
        var left: [RoleStanding] = []
        for orphan in unknown {
            if orphan.isLeftOver { ending.append(orphan) } else { left.append(orphan) }
        }
        let open = left.filter { !kept.contains($0.lease) }
        switch safeMode {
        case .undecided:
            safeMode = open.isEmpty ? .off : .on(since: timekeeper.now())
            if safeMode.isOn {
                logger.error(
                    "safe mode: roles that the state does not know", metadata: ["count": "\(open.count)"])
            }
        case .on, .off: break
        }
        if !safeMode.isOn, definition.orphans == .drop {
            ending += open
            left.removeAll { !kept.contains($0.lease) }
        }
        let gone = Set(await end(ending, by: .broker).filter(\.outcome.isGone).compactMap(\.role.lease))
        let remaining = ending.filter { role in role.lease.map { !gone.contains($0) } ?? true }
        orphans = (left + remaining).sorted { $0.role < $1.role }
        if safeMode.isOn, open.isEmpty {
            try await leaveSafeMode(.broker, because: "none of these roles is left")
        }
        try await record(
            news: safeModeNews(open) + left.map { ("orphan:\($0.role)", event(.roleOrphan, $0, by: .broker)) }
        )
    }

    /// Of all roles those whose lease is over, and those whose lease the state does not have.
    func sort(
        _ roles: [RoleStanding], living: [LeaseID: Lease.State]
    ) async throws(StoreError) -> (over: [RoleStanding], orphans: [RoleStanding]) {
        let candidates = roles.filter { role in
            guard role.standing != .stray, let lease = role.lease else { return false }
            return living[lease].map { Self.isForgotten($0, role) } ?? true
        }
        let ids = candidates.compactMap(\.lease)
        guard !ids.isEmpty else { return ([], []) }
        // Databases on one server share its register: the lease may live under another name.
        let known = try await store.leases(LeaseQuery(ids: ids, limit: ids.count))
        let states = Dictionary(known.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
        var over: [RoleStanding] = []
        var orphans: [RoleStanding] = []
        for role in candidates {
            switch role.lease.flatMap({ states[$0] }) {
            case let state? where Self.isForgotten(state, role): orphans.append(role)
            case let state? where state.isFinal: over.append(role)
            case .some: continue
            case nil: orphans.append(role)
            }
        }
        return (over, orphans)
    }

    /// The password of a lease is told when the lease is on record as active, not before. One that is being made for the
    /// state, and whose role is used, was active in a state that is lost: as little is known of it as of an orphan.
    static func isForgotten(_ state: Lease.State, _ role: RoleStanding) -> Bool {
        state == .creating && role.isInUse
    }

    /// What an administrator said to keep.
    func keptRoles() async throws(StoreError) -> KeptRoles {
        if let kept { return kept }
        let read =
            try await store.memo(KeptRoles.memoKey(database)).map(KeptRoles.init(decoding:)) ?? KeptRoles()
        // Somebody may have been told meanwhile that theirs is kept.
        if let kept { return kept }
        kept = read
        return read
    }

    /// Safe mode is on, whether or not that can be put on record now.
    private func safeModeNews(_ open: [RoleStanding]) -> [(key: String, event: AuditEvent)] {
        guard case .on(let since) = safeMode else { return [] }
        let event = AuditEvent(
            at: since, actor: .broker, action: .safeModeOn, subject: .init(database: database),
            details: [
                "roles": String(open.count), "with_sessions": String(open.count { $0.sessions ?? 0 > 0 }),
            ])
        return [("safe_mode", event)]
    }

    func leaveSafeMode(_ actor: AuditEvent.Actor, because reason: String) async throws(StoreError) {
        try await store.record([
            AuditEvent(
                at: timekeeper.now(), actor: actor, action: .safeModeOff, subject: .init(database: database),
                details: ["why": reason])
        ])
        safeMode = .off
        logger.notice("safe mode ended", metadata: ["why": "\(reason)"])
    }

    /// Ends roles through the guard, and puts on record what came of each, once.
    @discardableResult
    func end(
        _ roles: [RoleStanding], by actor: AuditEvent.Actor, reason: Reason? = nil
    ) async -> [(role: RoleStanding, outcome: RevokeOutcome)] {
        let ours = roles.compactMap { role in
            role.lease.flatMap { lease in
                RoleName(rawValue: role.role).map { (role, RoleReference(lease: lease, role: $0)) }
            }
        }
        guard !ours.isEmpty else { return [] }
        let outcomes = await engine.revoke(ours.map(\.1), .full)
        let news = zip(ours, outcomes).map { (pair, outcome) in
            let (role, reference) = pair
            var event = event(.roleUnknown, role, by: actor)
            event.reason = reason?.rawValue
            let key: String
            switch outcome {
            case .gone(let sessions, let remarks):
                event.add(remarks)
                key = "gone:\(reference.lease)"
                event.details["sessions_ended"] = String(sessions)
            case .locked(let obstacle):
                key = "locked:\(reference.role)"
                event.outcome = .failed
                event.details["obstacle"] = obstacle.message
            case .failed(let failure):
                key = "failed:\(reference.role)"
                event.outcome = .failed
                event.details["failure"] = failure.description
            }
            logger.warning(
                "role without a lease", metadata: ["role": "\(reference.role)", "outcome": "\(outcome)"])
            return (key: key, event: event)
        }
        switch actor {
        case .broker: await record(done: fresh(news))
        // What somebody did is on record each time.
        case .person: await record(done: news.map(\.event))
        }
        return zip(ours, outcomes).map { ($0.0, $1) }
    }

    func event(
        _ action: AuditEvent.Action, _ role: RoleStanding, by actor: AuditEvent.Actor
    ) -> AuditEvent {
        var event = AuditEvent(
            at: timekeeper.now(), actor: actor, action: action,
            subject: .init(lease: role.lease, database: database, role: RoleName(rawValue: role.role)))
        event.details["requester"] = role.requester
        event.details["until"] = role.validUntil.map(AuditEncoding.timestamp)
        event.details["sessions"] = role.sessions.map(String.init)
        return event
    }
}

extension RoleStanding {
    /// Nobody is cut off by ending it who should not be: it is gone already, a killed probe's, past its own end, or has
    /// a power that no lease may have.
    var isLeftOver: Bool { standing == .missing || isProbe || isOverdue || isPowerful }
}

extension RevokeOutcome {
    fileprivate var isGone: Bool {
        switch self {
        case .gone: true
        case .locked, .failed: false
        }
    }
}
