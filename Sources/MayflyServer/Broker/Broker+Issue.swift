import Foundation
import Logging
package import MayflyCore
import MayflyCrypto
import Synchronization

/// Asking for access.
extension Broker {
    /// Decides on a request: makes the lease, or puts it before people.
    package func ask(
        _ request: LeaseRequest, by identity: Identity, idempotencyKey: String?
    ) async throws(Refusal) -> Answer {
        let now = timekeeper.now()
        // One look at what is in force, for all of the request.
        let (configuration, databases) = try accepting()
        let policy = configuration.policy
        if let answer = try await repeated(request, by: identity, idempotencyKey, policy, databases, now) {
            return answer
        }
        let history = try await history(policy.historyNeeded(for: request, by: identity, now: now))
        switch policy.decide(request, by: identity, history: history, now: now) {
        case .deny(let refusal):
            try await recordDenied(request, by: identity, refusal, now)
            throw refusal
        case .approval(let grant, let terms):
            let database = try checkConfigured(grant, databases)
            try await checkInStep(request, grant, database, by: identity, now)
            try await foresee(request, grant, at: database, by: identity, now)
            return .waiting(try await submit(request, grant, terms, by: identity, idempotencyKey, now))
        case .allow(let grant):
            let database = try checkConfigured(grant, databases)
            try await checkInStep(request, grant, database, by: identity, now)
            if let start = request.startAt, start > now {
                let terms = ApprovalTerms(steps: [])
                try await foresee(request, grant, at: database, by: identity, now)
                return .waiting(try await submit(request, grant, terms, by: identity, idempotencyKey, now))
            }
            try checkNarrows(request.narrowing, of: request.profile, database)
            let intent = try intend(
                request, grant, configuration.installation.tag, from: database, by: identity, now)
            return .issued(try await make(intent, grant, from: database, by: identity, idempotencyKey, now))
        }
    }

    /// What is in force, while requests are taken.
    func accepting() throws(Refusal) -> (Configuration, [DatabaseName: AdministeredDatabase]) {
        let (configuration, databases, isAccepting) = state.withLock {
            ($0.configuration, $0.databases, $0.isAccepting)
        }
        guard isAccepting else {
            throw Refusal(.shuttingDown, "the broker is being stopped", hint: "try again when it is back")
        }
        return (configuration, databases)
    }

    @discardableResult
    func checkConfigured(
        _ grant: Grant, _ databases: [DatabaseName: AdministeredDatabase]
    ) throws(Refusal) -> AdministeredDatabase {
        guard let database = databases[grant.profile.database], !database.definition.retired else {
            throw Refusal(
                .notFound, "\(grant.profile.database) is no longer configured", field: "profile")
        }
        return database
    }

    /// Refuses, on record, what would come from a group role that is not as its grants say, where that is to stop it.
    func checkInStep(
        _ request: LeaseRequest, _ grant: Grant, _ database: AdministeredDatabase, by identity: Identity,
        _ now: Date
    ) async throws(Refusal) {
        guard let refusal = database.drift.refusal(of: grant.profile) else { return }
        try await recordDenied(request, by: identity, refusal, now)
        throw refusal
    }

    /// Records the intent and makes the lease.
    func make(
        _ intent: Intent, _ grant: Grant, from database: AdministeredDatabase, by identity: Identity,
        _ key: String?, _ now: Date
    ) async throws(Refusal) -> Issued {
        let admission = Admission(
            request: intent.request, lease: intent.lease,
            limits: grant.limits, identities: grant.identities,
            idempotencyKey: key, events: intent.events, redeemer: intent.isRedemption ? identity : nil,
            people: configuration.people.everybody(behind: identity), review: grant.review,
            overQuota: { [intent, refusals] refusal in
                refusals.admit(identity.uid, now: now).map { [intent.refused(refusal, leftOut: $0)] }
            })
        switch try await stored({ () async throws(StoreError) in try await store.admit(admission) }) {
        case .overQuota(let refusal): throw refusal
        case .repeated(let request, let lease):
            // Two at once: one after the other, so that what is on record last is the password in force.
            return try await turns.inTurn(lease.id) { () async throws(Refusal) in
                try await reissue(request, lease, grant, from: database, by: identity)
            }
        case .waiting(let request): throw Refusal(.over(request.state), request)
        case .notRedeemed(let why): throw Refusal(why, intent.request)
        case .admitted: break
        }
        Failpoint.intentRecorded.hit()
        // Not before: hashing is dear, and what is refused must cost little.
        let secret: NewSecret
        do { secret = try database.secrets.next(iterations: grant.profile.scramIterations) } catch {
            let undone = LeaseStep(intent.lease.id, .undone, audit: intent.abandoned(error))
            _ = try await stored { () async throws(StoreError) in try await store.apply([undone], now: now) }
            throw error
        }
        let order = RoleOrder(
            lease: intent.lease.id, role: intent.lease.role, verifier: secret.verifier,
            groups: grant.profile.memberOf, narrowing: intent.lease.narrowing, ttl: grant.ttl,
            connectionLimit: grant.profile.connectionLimit, settings: grant.profile.settings,
            requester: String(identity.shown.prefix(200)), reason: intent.lease.reason?.rawValue,
            creationStatements: grant.profile.creationStatements,
            revocationStatements: grant.profile.revocationStatements,
            owner: grant.profile.create?.owner)
        let duty = grant.review.map { ReviewDuty($0, rule: grant.rule, identity: identity) }
        let made = try await database.issuer.issue(order, for: intent.lease, duty: duty).get()
        if made.isTethered {
            tethers.await(made.id, until: timekeeper.now().addingTimeInterval(Tethers.grace))
        }
        let lease = try await stored { () async throws(StoreError) in
            try await endWithRule(made, grant.rule)
        }
        database.privileges.note(made)
        database.sessions.note(made)
        Failpoint.leaseActive.hit()
        var answered = intent.request
        if intent.isRedemption { _ = answered.redeem(lease.id, by: identity, now: now) }
        _ = answered.issued()
        return Issued(
            request: answered, lease: lease,
            credential: secret.credential(of: lease, at: database.definition),
            grant: grant)
    }

    /// A create repeated after a lost reply: the same lease with a fresh password, as long as nobody has used it.
    ///
    /// Called in the lease's turn, which may have been long in coming: the lease and what is in force are looked at in
    /// the transaction that records it.
    func reissue(
        _ request: AccessRequest, _ lease: Lease, _ grant: Grant,
        from database: AdministeredDatabase, by identity: Identity
    ) async throws(Refusal) -> Issued {
        guard lease.state == .active else { throw Self.notReissued(lease) }
        let secret = try database.secrets.next(iterations: grant.profile.scramIterations)
        let now = timekeeper.now()
        let reissued = AuditEvent(
            at: now, actor: .person(identity), action: .leaseReissued, subject: .init(of: lease),
            reason: lease.reason?.rawValue)
        // On record first: if it cannot be, the password that the caller may have got stays.
        let step = LeaseStep(lease.id, .reissued, audit: reissued)
        let result = try await stored { () async throws(StoreError) in try await store.apply([step], now: now)
        }.first
        if let refusal = result?.refusal {
            try await recordReissueDenied(lease, by: identity, refusal, now)
            throw refusal
        }
        guard let lease = result?.lease, result?.change == .changed else {
            throw Self.notReissued(result?.lease ?? lease)
        }
        do { try await database.engine.replaceVerifier(lease.id, with: secret.verifier).get() } catch {
            var failed = reissued
            failed.outcome = .failed
            failed.details["failure"] = error.publicDescription
            _ = try await stored { [failed] () async throws(StoreError) in try await store.record([failed]) }
            throw Refusal(error, database: lease.database)
        }
        return Issued(
            request: request, lease: lease, credential: secret.credential(of: lease, at: database.definition),
            grant: grant, isRepeated: true)
    }

    private static func notReissued(_ lease: Lease) -> Refusal {
        guard lease.state != .creating else {
            return Refusal(
                .timedOut, "the request with this Idempotency-Key is being carried out",
                field: "Idempotency-Key", hint: "try again in a moment, with the same key")
        }
        let state = lease.state == .active ? "expired" : lease.state.rawValue
        return Refusal(
            .conflict, "the request with this Idempotency-Key has a lease that is \(state)",
            field: "Idempotency-Key", hint: "use a new key for a new lease")
    }

    private func recordReissueDenied(
        _ lease: Lease, by identity: Identity, _ refusal: Refusal, _ now: Date
    ) async throws(Refusal) {
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        let denied = AuditEvent(
            at: now, actor: .person(identity), action: .leaseReissued, outcome: .denied,
            subject: .init(of: lease), refusal: refusal, leftOut: leftOut)
        try await stored { () async throws(StoreError) in try await store.record([denied]) }
    }

    private func intend(
        _ request: LeaseRequest, _ grant: Grant, _ tag: InstallationTag, from database: AdministeredDatabase,
        by identity: Identity, _ now: Date
    ) throws(Refusal) -> Intent {
        Intent(
            request, grant, on: database.definition, role: try role(tag, identity), by: identity,
            now: now, settleBy: now.addingTimeInterval(database.settleAfter))
    }

    func intend(
        redeeming request: AccessRequest, _ grant: Grant, _ tag: InstallationTag,
        from database: AdministeredDatabase, by identity: Identity, _ now: Date
    ) throws(Refusal) -> Intent {
        Intent(
            redeeming: request, grant, on: database.definition, role: try role(tag, identity),
            by: identity, now: now, settleBy: now.addingTimeInterval(database.settleAfter))
    }

    private func role(_ tag: InstallationTag, _ identity: Identity) throws(Refusal) -> RoleName {
        do {
            return RoleName(
                tag: tag, requester: identity.user,
                random: try SecureRandom.bytes(RoleName.randomLength))
        } catch { throw Refusal(.internal, "no random bytes: \(error)") }
    }

    func recordDenied(
        _ request: LeaseRequest, by identity: Identity, _ refusal: Refusal, _ now: Date
    ) async throws(Refusal) {
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        let denied = AccessRequest(
            id: RequestID(), profile: request.profile,
            requester: .init(identity, person: configuration.people.person(of: identity)), ttl: request.ttl,
            reason: request.reason,
            ticket: request.ticket, narrowing: request.narrowing, createdAt: now, rule: nil, state: .denied,
            leaseID: nil)
        let event = AuditEvent(
            at: now, actor: .person(identity), action: .requestDenied, outcome: .denied,
            subject: .init(request: denied.id, profile: request.profile), reason: request.reason?.rawValue,
            refusal: refusal, leftOut: leftOut)
        _ = try await stored { () async throws(StoreError) in
            try await store.admit(
                Admission(
                    request: denied, lease: nil, limits: nil, idempotencyKey: nil, events: [event],
                    overQuota: { _ in nil }))
        }
    }
}
