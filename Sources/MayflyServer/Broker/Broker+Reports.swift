import Foundation
import Logging
package import MayflyCore

/// What identities may see: offers, requests, the audit log, the databases, and the daemon itself.
extension Broker: BrokerService {
    package func roles(of identity: Identity) async -> Set<Authority> {
        let configuration = configuration
        var roles: Set<Authority> = []
        if configuration.administrators.contains(where: { $0.matches(identity) }) {
            roles.insert(.administrator)
        }
        if configuration.auditors.contains(where: { $0.matches(identity) }) { roles.insert(.auditor) }
        return roles
    }

    package func offers(to identity: Identity) async throws(Refusal) -> [Offer] {
        let configuration = configuration
        var offers: [Offer] = []
        for offered in configuration.policy.offers(to: identity, now: timekeeper.now()) {
            let grant = offered.grant
            guard let database = configuration.databases[grant.profile.database] else { continue }
            let query = LeaseQuery(
                uid: identity.uid, profile: grant.profile.name,
                states: Set(Lease.State.allCases.filter(\.countsAsActive)),
                limit: grant.limits.quota.perPerson)
            let active = try await stored { () async throws(StoreError) in try await store.leases(query) }
            offers.append(Offer(grant: grant, engine: database.engine, active: active.count))
        }
        return offers
    }

    package func requests(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [AccessRequest]
    {
        var query = query
        if !isAuditor(identity) {
            guard query.uid == nil || query.uid == identity.uid else { return [] }
            query.uid = identity.uid
        }
        return try await stored { () async throws(StoreError) in try await store.requests(query) }
    }

    package func request(_ id: RequestID, by identity: Identity) async throws(Refusal) -> AccessRequest {
        let found = try await stored { () async throws(StoreError) in try await store.request(id) }
        guard let found, found.requester.uid == identity.uid || isAuditor(identity) else {
            throw Refusal(.notFound, "no request \(id)", field: "id")
        }
        return found
    }

    package func audit(_ query: AuditQuery, by identity: Identity) async throws(Refusal) -> [AuditRecord] {
        var query = query
        if !isAuditor(identity) { query.concerning = identity.uid }
        return try await stored { () async throws(StoreError) in try await store.audit(query) }
    }

    package func metrics() async -> [Metric] {
        var leases: [Metric.Sample] = []
        do {
            leases = try await store.counts().map {
                Metric.Sample(
                    Double($0.count),
                    labels: [
                        "database": $0.database.rawValue, "profile": $0.profile.rawValue,
                        "state": $0.state.rawValue,
                    ])
            }
        } catch { logger.error("metrics without leases", metadata: ["error": "\(error)"]) }
        var reachable: [Metric.Sample] = []
        var skew: [Metric.Sample] = []
        var strays: [Metric.Sample] = []
        for database in databases.values.sorted(by: { $0.definition.name < $1.definition.name }) {
            let labels = ["database": database.definition.name.rawValue]
            let health = await database.reconciler.found?.health
            reachable.append(.init(health?.reachable == true ? 1 : 0, labels: labels))
            if let seconds = health?.clockSkew { skew.append(.init(seconds, labels: labels)) }
            strays.append(.init(Double(await database.reconciler.strays.count), labels: labels))
        }
        return [
            Metric(
                "mayfly_build_info", .gauge, help: "The running version.",
                samples: [.init(1, labels: ["version": version])]),
            Metric(
                "mayfly_start_time_seconds", .gauge, help: "Start of the daemon, in seconds since 1970.",
                samples: [.init(startedAt.timeIntervalSince1970)]),
            Metric(
                "mayfly_leases", .gauge, help: "Leases on record by database, profile and state.",
                samples: leases),
            Metric(
                "mayfly_database_reachable", .gauge, help: "1 while the server answers.", samples: reachable),
            Metric(
                "mayfly_database_clock_skew_seconds", .gauge, help: "The server's clock minus the broker's.",
                samples: skew),
            Metric(
                "mayfly_stray_roles", .gauge,
                help: "Roles named like ours that the guard's register does not know.", samples: strays),
        ]
    }

    package func recordRefused(_ event: AuditEvent) async {
        do { try await store.record([event]) } catch {
            logger.error(
                "refused call not recorded",
                metadata: ["action": "\(event.action.rawValue)", "error": "\(error)"])
        }
    }
}
