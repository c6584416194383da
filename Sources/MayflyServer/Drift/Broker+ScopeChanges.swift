import Foundation
import Logging
import MayflyCore

/// A configuration may give profiles other scopes. That is put on record; what people were asked for, or said yes to, under
/// the one before is another wish by now; and living leases go on or end, as the profile's `on_change` says.
extension Broker {
    /// What is to be carried out of recorded changes, kept until it is: the process may die in between. Profiles, joined by
    /// commas, with a `!` where living leases are to end.
    private static let changesMemoKey = "scope.changes"
    private static let endedAtOnce = 500

    /// Puts on record what scopes `new` changes, before it is in force.
    ///
    /// - Parameter before: what was in force last, in a former life too.
    func recordScopeChanges(_ new: Configuration, before: [Profile]) async throws(StoreError) {
        var events: [AuditEvent] = []
        var open = try await openChanges()
        for profile in new.profiles.values.sorted(by: { $0.name < $1.name }) where !profile.retired {
            guard let old = before.first(where: { $0.name == profile.name }), old.scopeDiffers(from: profile)
            else { continue }
            let engine = new.databases[profile.database]?.engine ?? .postgresql
            events.append(
                AuditEvent(
                    at: timekeeper.now(), actor: .broker, action: .scopeChanged,
                    subject: .init(database: profile.database, profile: profile.name),
                    details: [
                        "from": Drift.excerpt(old.scopeLines(engine)),
                        "to": Drift.excerpt(profile.scopeLines(engine)),
                        "on_change": profile.onChange.rawValue,
                    ]))
            open[profile.name] = profile.onChange == .revoke || open[profile.name] == true
        }
        guard !events.isEmpty else { return }
        let memo = open.sorted { $0.key < $1.key }.map { "\($0.key)\($0.value ? "!" : "")" }.joined(
            separator: ",")
        try await store.setMemo(Self.changesMemoKey, to: memo, recording: events)
    }

    /// Carries out what `recordScopeChanges` put on record, in this life or a former one.
    func carryOutScopeChanges() async throws(StoreError) {
        let open = try await openChanges()
        guard !open.isEmpty else { return }
        // Who is to become a member of other groups is told so when it comes to that, and is not when the edit is undone.
        try await stopRequests(for: Set(open.keys.filter { configuration.profiles[$0]?.scope != nil }))
        for (profile, endsLeases) in open.sorted(by: { $0.key < $1.key }) where endsLeases {
            var count = 0
            repeat {
                var query = LeaseQuery(profile: profile, limit: Self.endedAtOnce)
                query.states = [.creating, .active]
                let leases = try await store.leases(query)
                count = leases.count
                try await endChanged(leases)
            } while count == Self.endedAtOnce
        }
        try await store.setMemo(Self.changesMemoKey, to: nil)
    }

    private func openChanges() async throws(StoreError) -> [ProfileName: Bool] {
        let memo = try await store.memo(Self.changesMemoKey) ?? ""
        var open: [ProfileName: Bool] = [:]
        for entry in memo.split(separator: ",") {
            let endsLeases = entry.hasSuffix("!")
            guard let name = ProfileName(rawValue: String(endsLeases ? entry.dropLast() : entry)) else {
                continue
            }
            open[name] = endsLeases
        }
        return open
    }

    private func stopRequests(for profiles: Set<ProfileName>) async throws(StoreError) {
        let now = timekeeper.now()
        for waiting in try await store.dueRequests(now: .distantFuture, limit: 1_000_000)
        where profiles.contains(waiting.profile) {
            _ = try await store.move(waiting.id) { request in
                let change = request.stop(now: now)
                return RequestMove(
                    change,
                    change == .changed
                        ? [
                            .ended(
                                .requestDenied, request, by: .broker,
                                why: "the profile's scope is another by now", at: now)
                        ] : [])
            }
        }
    }

    private func endChanged(_ leases: [Lease]) async throws(StoreError) {
        guard !leases.isEmpty else { return }
        let now = timekeeper.now()
        let reason = Lease.EndReason.scopeChanged
        let steps = leases.map { lease in
            LeaseStep(
                lease.id, .ending(reason, attemptAt: now),
                audit: AuditEvent(
                    at: now, actor: .broker, action: .leaseRevoking, subject: .init(of: lease),
                    details: ["end_reason": reason.rawValue, "requester": lease.requester.user]))
        }
        _ = try await store.apply(steps, now: now)
        for name in Set(leases.map(\.database)) { await databases[name]?.ender.wake() }
        logger.info("leases end with their profile's scope", metadata: ["count": "\(leases.count)"])
    }
}

extension Profile {
    /// Whether a lease of one may do something else than one of the other.
    fileprivate func scopeDiffers(from other: Profile) -> Bool {
        memberOf != other.memberOf || scope != other.scope || groupStatements != other.groupStatements
    }

    fileprivate func scopeLines(_ engine: EngineKind) -> [String] {
        memberOf.map { "group role \($0)" } + (scope?.lines(for: engine) ?? []) + groupStatements
    }
}
