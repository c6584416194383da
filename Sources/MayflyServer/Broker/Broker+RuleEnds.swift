import Foundation
import Logging
import MayflyCore

/// Leases end with the rule that gave them, at the latest, also when its `valid_until` came or was moved in since.
///
/// The end is moved in the state, where the broker acts on it. The server keeps the later end that the role was made
/// with: a guard moves ends out only. What a rule gave lives on to its own end when the rule is removed or turned to
/// `deny`; `mayfly revoke` ends it before.
extension Broker {
    private static let shortenedAtOnce = 500

    /// Run at start and at each reload.
    func endWithRules(_ configuration: Configuration) async throws(StoreError) {
        let now = timekeeper.now()
        for rule in configuration.access {
            guard let end = rule.validUntil.map({ max($0, now) }) else { continue }
            var query = LeaseQuery(rule: rule.name, expiresAfter: end, limit: Self.shortenedAtOnce)
            query.states = [.creating, .active]
            var count = 0
            repeat {
                let beyond = try await store.leases(query)
                count = beyond.count
                try await shorten(beyond, to: end, by: rule.name, now)
            } while count == Self.shortenedAtOnce
        }
    }

    /// What was given, renewed or extended while a reload gave its rule another end.
    func endWithRule(_ lease: Lease, _ rule: String?) async throws(StoreError) -> Lease {
        guard let rule, let end = configuration.access.first(where: { $0.name == rule })?.validUntil,
            end < lease.expiresAt
        else { return lease }
        let now = timekeeper.now()
        try await shorten([lease], to: max(end, now), by: rule, now)
        return try await store.lease(lease.id) ?? lease
    }

    private func shorten(
        _ leases: [Lease], to end: Date, by rule: String, _ now: Date
    ) async throws(StoreError) {
        guard !leases.isEmpty else { return }
        let steps = leases.map { lease in
            LeaseStep(
                lease.id, .shortened(to: end),
                audit: AuditEvent(
                    at: now, actor: .broker, action: .leaseShortened, subject: .init(of: lease), rule: rule,
                    details: [
                        "from": AuditEncoding.timestamp(lease.expiresAt),
                        "to": AuditEncoding.timestamp(end), "requester": lease.requester.user,
                    ]))
        }
        for result in try await store.apply(steps, now: now) {
            if let lease = result.lease, result.change == .changed { tethers.tell(.renewed, lease) }
        }
        for name in Set(leases.map(\.database)) { await databases[name]?.ender.wake() }
        logger.info("leases end with their rule", metadata: ["rule": "\(rule)", "count": "\(leases.count)"])
    }
}
