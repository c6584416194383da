import Foundation
import Logging
package import MayflyCore

/// Looking at leases, renewing and revoking them.
extension Broker {
    /// The caller's own; everyone's for auditors and administrators.
    package func leases(_ query: LeaseQuery, by identity: Identity) async throws(Refusal) -> [Lease] {
        var query = query
        if !isAuditor(identity) {
            guard let own = query.own(of: identity) else { return [] }
            query = own
        }
        return try await stored { () async throws(StoreError) in try await store.leases(query) }
    }

    /// By id, by the beginning of one (at least 4 characters, unambiguous), or by the role's name. Another's lease
    /// and one that does not exist get the same answer.
    package func lease(_ name: String, by identity: Identity) async throws(Refusal) -> Lease {
        let missing = Refusal(
            .notFound, "no lease \(name.quoted())", field: "id", hint: "`mayfly leases` lists yours")
        var query = LeaseQuery(limit: 2)
        if let role = RoleName(rawValue: name) {
            query.roles = [role]
        } else if let id = LeaseID(rawValue: name) {
            query.ids = [id]
        } else if name.utf8.count >= 4, name.utf8.count < 36, name.utf8.allSatisfy(\.isHexOrDash) {
            query.idPrefix = name
        } else {
            throw missing
        }
        let found = try await leases(query, by: identity)
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let lease = found.first else { throw missing }
        return lease
    }

    /// A lease that its requester alone may use.
    func ownLease(_ name: String, by identity: Identity, what: String) async throws(Refusal) -> Lease {
        let lease = try await lease(name, by: identity)
        guard lease.requester.isSame(as: identity) else {
            throw Refusal(
                .denied, "lease \(lease.id) is not yours", field: "id",
                hint: "only its requester \(what) a lease")
        }
        return lease
    }

    /// Moves a lease's end: by its profile's default, or to `ttl` from now; never above what the rule gave it.
    ///
    /// The server is moved first: if the process dies between, the server's end is later than ours and ours acts.
    package func renew(_ id: LeaseID, ttl: TTL?, by identity: Identity) async throws(Refusal) -> Lease {
        // One after the other with extensions: what reaches the server last must not be the earlier end.
        try await turns.inTurn(id) { () async throws(Refusal) in
            try await renewInTurn(id, ttl: ttl, by: identity)
        }
    }

    private func renewInTurn(_ id: LeaseID, ttl: TTL?, by identity: Identity) async throws(Refusal) -> Lease {
        let lease = try await ownLease(id.rawValue, by: identity, what: "renews")
        let now = timekeeper.now()
        guard lease.state == .active, lease.expiresAt > now else {
            throw Refusal(
                .conflict,
                "lease \(lease.id) is \(lease.state == .active ? "expired" : lease.state.rawValue)",
                field: "id", hint: "ask for a new one")
        }
        try await refuseStopped(lease, by: identity, now)
        let (expiresAt, latest, rule) = try await renewedExpiry(of: lease, ttl, by: identity, now)
        guard expiresAt > lease.expiresAt else { return lease }
        guard let database = databases[lease.database] else {
            throw Refusal(.notFound, "\(lease.database) is no longer configured")
        }
        let order = RenewOrder(lease, ttl: try Self.serverTTL(to: expiresAt, atMost: latest, now))
        let validUntil: Date
        switch await database.engine.renew([order]).first {
        case .success(let until): validUntil = until
        case .failure(let failure): throw Refusal(failure, database: lease.database)
        case nil: throw Refusal(.internal, "the engine gave no answer")
        }
        let event = AuditEvent(
            at: now, actor: .person(identity), action: .leaseRenewed, subject: .init(of: lease),
            details: [
                "from": AuditEncoding.timestamp(lease.expiresAt), "to": AuditEncoding.timestamp(expiresAt),
            ])
        let step = LeaseStep(lease.id, .renewed(expiresAt: expiresAt, validUntil: validUntil), audit: event)
        let result = try await stored { () async throws(StoreError) in try await store.apply([step], now: now)
        }
        if let refusal = result.first?.refusal {
            try await recordRenewalDenied(lease, by: identity, refusal, now)
            throw refusal
        }
        guard let renewed = result.first?.lease, result.first?.change != .impossible else {
            throw Refusal(.conflict, "lease \(lease.id) has ended meanwhile", field: "id")
        }
        tethers.tell(.renewed, renewed)
        return try await stored { () async throws(StoreError) in try await endWithRule(renewed, rule) }
    }

    /// Rounded up, so that the server's end is not before ours; but at the limit down by one more, as the guard counts
    /// its ceiling from the role's creation, and the call takes its time to get there.
    private static func serverTTL(to end: Date, atMost latest: Date, _ now: Date) throws(Refusal) -> TTL {
        let rest = end.timeIntervalSince(now)
        return try TTL(
            seconds: end < latest ? Int(rest.rounded(.up)) : max(1, Int(rest.rounded(.down)) - 1))
    }

    /// What is out goes on to its end under a lockdown, and not beyond.
    private func refuseStopped(_ lease: Lease, by identity: Identity, _ now: Date) async throws(Refusal) {
        guard let refusal = lockdowns.stopping(.init(of: lease))?.refusal(now: now) else { return }
        try await recordRenewalDenied(lease, by: identity, refusal, now)
        throw refusal
    }

    /// - Returns: the new end, the latest that there could be, and the rule that bounds it.
    private func renewedExpiry(
        of lease: Lease, _ ttl: TTL?, by identity: Identity, _ now: Date
    ) async throws(Refusal) -> (Date, latest: Date, rule: String) {
        // Whether it was given as break-glass is not on the lease: a rule of either kind lets it go on.
        let policy = configuration.policy
        let decisions = [false, true].map {
            policy.renewal(of: lease.profile, isBreakGlass: $0, by: identity, now: now)
        }
        switch decisions.first(where: \.isAllowed) ?? decisions[0] {
        case .deny(let refusal):
            try await recordRenewalDenied(lease, by: identity, refusal, now)
            throw refusal
        case .approval:
            throw Refusal(.internal, "a renewal is not approved")
        case .allow(let grant):
            // What the lease was given; but a ceiling or an end of its rule that came since counts too.
            let rule = try await self.rule(of: lease, policy) ?? grant.rule
            let latest = min(lease.endsLatestAt, policy.latestEnd(of: lease, rule: rule))
            let rest = latest.timeIntervalSince(now)
            if let ttl, TimeInterval(ttl.seconds) > rest {
                let left = max(0, Int(rest))
                let refusal = Refusal(
                    .ttlAboveMaximum,
                    "ttl \(ttl) is above \(HumanDuration.text(seconds: left)), all that is left of the maximum of"
                        + " this lease",
                    field: "ttl_seconds", hint: "ask for less, or for a new lease",
                    figures: ["maximum_ttl_seconds": left])
                try await recordRenewalDenied(lease, by: identity, refusal, now)
                throw refusal
            }
            let seconds = TimeInterval((ttl ?? grant.ttl).seconds)
            return (min(now.addingTimeInterval(seconds), latest), latest, rule)
        }
    }

    /// The name of the rule under which a lease was given; nil when there is none of that name any more.
    func rule(of lease: Lease, _ policy: Policy) async throws(Refusal) -> String? {
        let request = try await stored { () async throws(StoreError) in
            try await store.request(lease.requestID)
        }
        return policy.rules.first { $0.name == request?.rule }?.name
    }

    func recordRenewalDenied(
        _ lease: Lease, by identity: Identity, _ refusal: Refusal, _ now: Date
    ) async throws(Refusal) {
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        let denied = AuditEvent(
            at: now, actor: .person(identity), action: .leaseRenewalDenied, outcome: .denied,
            subject: .init(of: lease), refusal: refusal, leftOut: leftOut)
        try await stored { () async throws(StoreError) in try await store.record([denied]) }
    }

    /// Ends the leases that the query finds: the caller's own, or anyone's for an administrator. Ending one that has
    /// ended is success.
    package func revoke(_ filter: LeaseQuery, reason: Reason?, by identity: Identity) async throws(Refusal)
        -> [Lease]
    {
        // Named leases are taken as they are, so that repeating says what became of them.
        var query = filter
        if query.ids == nil { query.states = Set(Lease.State.allCases.filter { !$0.isFinal }) }
        let found = try await leases(query, by: identity)
        if !isAdministrator(identity),
            let foreign = found.first(where: { !$0.requester.isSame(as: identity) })
        {
            throw Refusal(
                .denied, "lease \(foreign.id) is not yours", field: "id",
                hint: "administrators revoke other people's leases")
        }
        return try await end(found, reason, identity)
    }

    private func end(_ leases: [Lease], _ reason: Reason?, _ identity: Identity) async throws(Refusal)
        -> [Lease]
    {
        guard !leases.isEmpty else { return [] }
        let now = timekeeper.now()
        let steps = leases.map { lease in
            LeaseStep(
                lease.id, .ending(.revoked, attemptAt: now),
                audit: AuditEvent(
                    at: now, actor: .person(identity), action: .leaseRevoking, subject: .init(of: lease),
                    reason: reason?.rawValue, details: ["requester": lease.requester.user]))
        }
        do { _ = try await store.apply(steps, now: now) } catch .unwritable {
            throw await endUnrecorded(leases, steps)
        } catch {
            logger.error("state failed", metadata: ["error": "\(error)"])
            throw Refusal(error)
        }
        return try await carryOutEnds(of: leases)
    }

    /// Ends leases whose end is on record.
    /// - Returns: the leases as they stand once each was tried.
    func carryOutEnds(of leases: [Lease]) async throws(Refusal) -> [Lease] {
        // Each call has a deadline, and a server in trouble keeps only its own leases waiting.
        let databases = databases
        await withDiscardingTaskGroup { group in
            for (name, members) in Dictionary(grouping: leases, by: \.database) {
                guard let ender = databases[name]?.ender else { continue }
                group.addTask { await ender.end(members.filter { !$0.state.isFinal }.map(\.id)) }
            }
        }
        let query = LeaseQuery(ids: leases.map(\.id), limit: max(1, leases.count))
        // The sweep may have had one in hand already: until it was tried once, but not for long.
        let patience = ContinuousClock.now + .seconds(5)
        while true {
            let found = try await stored { () async throws(StoreError) in try await store.leases(query) }
            let isUntried = found.contains {
                $0.state == .revoking && $0.attempts == 0 && databases[$0.database] != nil
            }
            guard isUntried, ContinuousClock.now < patience, !Task.isCancelled else { return found }
            // Cancelled: the loop looks.
            _ = try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends access although it cannot be put on record: it will be, when it can.
    /// - Returns: what the caller is told.
    private func endUnrecorded(_ leases: [Lease], _ steps: [LeaseStep]) async -> Refusal {
        let open = zip(leases, steps).filter { $0.0.state != .creating && !$0.0.state.isFinal }
        let ended = await endUnrecorded(open.map { (lease: $0.0, ending: $0.1) })
        return Refusal(
            .stateUnwritable,
            "the broker cannot write its record; access was cut at the server for \(ended) of \(open.count) leases"
                + " all the same, and will be put on record when that is possible",
            hint: "tell an administrator: the disk of the broker's state may be full or read-only")
    }

    /// - Returns: how many have no access any more.
    func endUnrecorded(_ leases: [(lease: Lease, ending: LeaseStep)]) async -> Int {
        let databases = databases
        return await withTaskGroup(of: Int.self) { group in
            for (name, members) in Dictionary(grouping: leases, by: \.lease.database) {
                guard let ender = databases[name]?.ender else { continue }
                group.addTask { await ender.endUnrecorded(members) }
            }
            return await group.reduce(0, +)
        }
    }
}

extension UInt8 {
    var isHexOrDash: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
            || self == UInt8(ascii: "-")
    }
}
