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
                uid: identity.uid, key: identity.key, profile: grant.profile.name,
                states: Set(Lease.State.allCases.filter(\.countsAsActive)),
                limit: grant.limits.quota.perPerson)
            let active = try await stored { () async throws(StoreError) in try await store.leases(query) }
            offers.append(
                Offer(
                    grant: grant, outcome: offered.outcome, reasonRequired: offered.reasonRequired,
                    engine: database.engine, active: active.count,
                    lockdown: lockdowns.stopping(configuration.subject(grant.profile, identity))?
                        .refusal(now: timekeeper.now())))
        }
        return offers
    }

    package func requests(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [AccessRequest]
    {
        var query = query
        if !isAuditor(identity) {
            guard let own = query.own(of: identity) else { return [] }
            query = own
        }
        return try await stored { () async throws(StoreError) in try await store.requests(query) }
    }

    /// What waits for the caller's decision: their vote would count now.
    package func requestsToApprove(_ query: RequestQuery, by identity: Identity) async throws(Refusal)
        -> [AccessRequest]
    {
        var page = query
        page.states = [.pending]
        page.limit = 500
        var found: [AccessRequest] = []
        let configuration = configuration
        let policy = configuration.policy
        let now = timekeeper.now()
        repeat {
            let waiting = try await stored { () async throws(StoreError) in try await store.requests(page) }
            found += waiting.filter { request in
                var tried = request
                switch tried.vote(
                    Ballot(.approve, by: identity, isProven: true), people: configuration.people,
                    inForce: policy.terms(of: request), now: now)
                {
                case .counted, .stepDone, .approved: return true
                case .denied, .already, .refused: return false
                }
            }
            page.before = waiting.count == page.limit ? waiting.last?.id : nil
        } while page.before != nil && found.count < query.limit
        return Array(found.prefix(query.limit))
    }

    /// By id or the beginning of one (at least 4 characters, unambiguous). For its requester, for whoever has a say in
    /// it, and for auditors; for others it does not exist.
    package func request(_ name: String, by identity: Identity) async throws(Refusal) -> AccessRequest {
        let missing = Refusal(
            .notFound, "no request \(name.quoted())", field: "id", hint: "`mayfly requests` lists yours")
        var query = RequestQuery(limit: 20)
        var found: [AccessRequest] = []
        if let id = RequestID(rawValue: name) {
            let one = try await stored { () async throws(StoreError) in try await store.request(id) }
            found = [one].compactMap { $0 }
        } else if name.utf8.count >= 4, name.utf8.count < 36, name.utf8.allSatisfy(\.isHexOrDash) {
            query.idPrefix = name
            found = try await stored { () async throws(StoreError) in try await store.requests(query) }
        }
        let seesAll = isAuditor(identity)
        found = found.filter {
            seesAll || $0.requester.isSame(as: identity) || ($0.concerns(identity) && !identity.isMachine)
        }
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let request = found.first else { throw missing }
        return request
    }

    package func audit(_ query: AuditQuery, by identity: Identity) async throws(Refusal) -> [AuditRecord] {
        var query = query
        if !isAuditor(identity) {
            guard !identity.isMachine else {
                throw Refusal(
                    .denied, "a job reads no audit log",
                    hint: "auditors and administrators do, and people their own")
            }
            query.concerning = identity.uid
        }
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
        var modes: [Metric.Sample] = []
        var orphans: [Metric.Sample] = []
        var altered: [Metric.Sample] = []
        var safeMode: [Metric.Sample] = []
        var drifts: [Metric.Sample] = []
        var watched: [([String: String], SessionWatchFigures)] = []
        for database in databases.values.sorted(by: { $0.definition.name < $1.definition.name }) {
            let labels = ["database": database.definition.name.rawValue]
            let health = await database.reconciler.found?.health
            reachable.append(.init(health?.reachable == true ? 1 : 0, labels: labels))
            if let seconds = health?.clockSkew { skew.append(.init(seconds, labels: labels)) }
            modes.append(
                .init(
                    1, labels: labels.merging(["mode": database.definition.mode.rawValue]) { old, _ in old }))
            strays.append(.init(Double(await database.reconciler.strays.count), labels: labels))
            orphans.append(.init(Double(await database.reconciler.orphans.count), labels: labels))
            altered.append(.init(Double(await database.reconciler.altered.count), labels: labels))
            safeMode.append(.init(await database.reconciler.safeMode.isOn ? 1 : 0, labels: labels))
            watched.append((labels, await database.sessions.figures))
            for (profile, count) in database.drift.counts.sorted(by: { $0.key < $1.key }) {
                drifts.append(
                    .init(Double(count), labels: labels.merging(["profile": profile.rawValue]) { $1 }))
            }
        }
        var metrics = [
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
                "mayfly_lockdowns_active", .gauge, help: "Lockdowns in force.",
                samples: [.init(Double(lockdowns.count))]),
            Metric(
                "mayfly_database_reachable", .gauge, help: "1 while the server answers.", samples: reachable),
            Metric(
                "mayfly_database_clock_skew_seconds", .gauge, help: "The server's clock minus the broker's.",
                samples: skew),
            Metric(
                "mayfly_database_mode", .gauge,
                help: "1 with how the broker acts there: through the guard, or in mode direct.",
                samples: modes),
            Metric(
                "mayfly_scope_differences", .gauge,
                help: "What is different between a profile's group role and its grants.", samples: drifts),
            Metric(
                "mayfly_stray_roles", .gauge,
                help: "Roles named like ours that the guard's register does not know.", samples: strays),
            Metric(
                "mayfly_orphan_roles", .gauge,
                help: "Living roles that the guard made and the state does not know.",
                samples: orphans),
            Metric(
                "mayfly_altered_roles", .gauge, help: "Roles of active leases that somebody altered.",
                samples: altered),
            Metric(
                "mayfly_database_safe_mode", .gauge,
                help: "1 while orphans that were there at the start wait for an administrator.",
                samples: safeMode),
        ]
        metrics += Self.sessionMetrics(watched)
        do {
            let counts = try await reviewCounts()
            metrics += [
                Metric(
                    "mayfly_reviews_open", .gauge, help: "Reviews of break-glass that wait, in time.",
                    samples: [.init(Double(counts.open))]),
                Metric(
                    "mayfly_reviews_overdue", .gauge, help: "Reviews of break-glass that are overdue.",
                    samples: [.init(Double(counts.overdue))]),
            ]
        } catch { logger.error("metrics without reviews", metadata: ["error": "\(error)"]) }
        return metrics + trailMetrics() + (await notificationMetrics())
    }

    private static func sessionMetrics(_ watched: [([String: String], SessionWatchFigures)]) -> [Metric] {
        func samples(_ value: (SessionWatchFigures) -> Double) -> [Metric.Sample] {
            watched.map { .init(value($0.1), labels: $0.0) }
        }
        return [
            Metric(
                "mayfly_sessions_open", .gauge,
                help: "Sessions of login roles that are open, by the last look.",
                samples: samples { Double($0.open) }),
            Metric(
                "mayfly_sessions_total", .counter, help: "Sessions of login roles that began.",
                samples: samples { Double($0.began) }),
            Metric(
                "mayfly_session_looks_total", .counter, help: "Looks at a server's sessions.",
                samples: samples { Double($0.looks) }),
            Metric(
                "mayfly_session_look_seconds_total", .counter, help: "Time that these looks took.",
                samples: samples(\.seconds)),
            Metric(
                "mayfly_session_look_seconds", .gauge, help: "Time that the last look took.",
                samples: samples(\.lastSeconds)),
            Metric(
                "mayfly_session_watch_failing", .gauge,
                help: "1 while sessions cannot be looked at, or what is found cannot be put on record.",
                samples: samples { $0.isBlind ? 1 : 0 }),
            Metric(
                "mayfly_session_standbys_unanswered", .gauge,
                help: "Standbys that did not answer the last look.",
                samples: samples { Double($0.unanswered.count) }),
            Metric(
                "mayfly_sessions_left_out_total", .counter,
                help: "Sessions that were counted only, as their leases had too many.",
                samples: samples { Double($0.leftOut) }),
            Metric(
                "mayfly_session_endings_unread_total", .counter,
                help: "Answers about ended sessions that could not be read.",
                samples: samples { Double($0.unreadTold) }),
            Metric(
                "mayfly_statement_reads_failing", .gauge,
                help: "1 while it cannot be read what leases ran.",
                samples: samples { $0.statementFailure == nil ? 0 : 1 }),
            Metric(
                "mayfly_statements_unread_total", .counter,
                help: "Leases of which it was never read what they ran.",
                samples: samples { Double($0.unreadStatements) }),
        ]
    }

    package func recordRefused(_ event: AuditEvent) async {
        do { try await store.record([event]) } catch {
            logger.error(
                "refused call not recorded",
                metadata: ["action": "\(event.action.rawValue)", "error": "\(error)"])
        }
    }

    package func recordRead(_ event: AuditEvent) async throws(Refusal) {
        try await stored { () async throws(StoreError) in try await store.record([event]) }
    }

    package func trail(after: Int64, limit: Int) async throws(Refusal) -> [TrailEntry] {
        try await stored { () async throws(StoreError) in try await store.trail(after: after, limit: limit) }
    }

    package func checkpointTrail(after: Int64, limit: Int) async throws(Refusal) -> [CheckpointEntry] {
        try await stored { () async throws(StoreError) in
            try await store.checkpointTrail(after: after, limit: limit)
        }
    }

    package func checkpoints(_ query: CheckpointQuery) async throws(Refusal) -> [SignedCheckpoint] {
        try await stored { () async throws(StoreError) in try await store.checkpoints(query) }
    }
}
