import Foundation
import Logging
package import MayflyCore

/// More time for a lease than it was given.
extension Broker {
    /// Asks for `ttl` beyond the end that the lease has. Decided like a request; the lease goes on meanwhile until its
    /// own end.
    package func extend(
        _ name: String, ttl: TTL, reason: Reason?, ticket: Ticket?, by identity: Identity,
        idempotencyKey: String?
    ) async throws(Refusal) -> ExtensionAnswer {
        let (configuration, _) = try accepting()
        let lease = try await ownLease(name, by: identity, what: "extends")
        let now = timekeeper.now()
        let wish = LeaseRequest(
            profile: lease.profile, ttl: ttl, reason: reason, ticket: ticket, narrowing: lease.narrowing)
        if let first = try await repeated(
            wish, extending: lease.id, by: identity, idempotencyKey, configuration.policy, now)
        {
            return try await carryOut(first, of: lease, by: identity)
        }
        guard lease.state == .active, lease.expiresAt > now else {
            throw Refusal(
                .conflict,
                "lease \(lease.id) is \(lease.state == .active ? "expired" : lease.state.rawValue)",
                field: "id", hint: "ask for a new one")
        }
        let extends = AccessRequest.Course.Extension(
            lease: lease.id, to: lease.expiresAt.addingTimeInterval(TimeInterval(ttl.seconds)))
        let request: AccessRequest
        switch try await decideExtension(wish, of: lease, to: extends.to, by: identity, configuration, now) {
        case .deny(let refusal):
            try await recordRenewalDenied(lease, by: identity, refusal, now)
            throw refusal
        case .allow(let grant):
            request = try await submit(
                wish, grant, ApprovalTerms(steps: []), extends: extends, by: identity, idempotencyKey, now)
        case .approval(let grant, let terms):
            // Once the lease has ended there is nothing to extend.
            let end = min(
                now.addingTimeInterval(TimeInterval(terms.pendingFor)),
                max(lease.endsLatestAt, lease.expiresAt))
            request = try await submit(
                wish, grant, terms, extends: extends, until: end, by: identity, idempotencyKey, now)
        }
        return try await carryOut(request, of: lease, by: identity)
    }

    private func carryOut(
        _ request: AccessRequest, of lease: Lease, by identity: Identity
    ) async throws(Refusal) -> ExtensionAnswer {
        guard request.state == .approved else {
            // A repeated call may find it carried out.
            return ExtensionAnswer(request: request, lease: request.state == .issued ? lease : nil)
        }
        let moved = await carryOutExtension(request)
        let after = try await self.lease(lease.id.rawValue, by: identity)
        return ExtensionAnswer(request: moved ?? request, lease: moved?.state == .issued ? after : nil)
    }

    /// Automatic within what the rule gives from the lease's beginning, else by the people whom a request for so much
    /// would take.
    ///
    /// Tiers, flags and facts go by the life that the lease would have in all.
    private func decideExtension(
        _ wish: LeaseRequest, of lease: Lease, to end: Date, by identity: Identity,
        _ configuration: Configuration, _ now: Date
    ) async throws(Refusal) -> Decision {
        let policy = configuration.policy
        let decision = try await decideExtension(
            wish, of: lease, to: end, by: identity, policy, configuration.maxTTL, now)
        var endsBy = policy.latestEnd(of: lease, rule: try await rule(of: lease, policy))
        switch decision {
        case .allow(let grant), .approval(let grant, _): endsBy = min(endsBy, grant.endsBy ?? endsBy)
        case .deny: return decision
        }
        guard end > endsBy else { return decision }
        let left = max(0, Int(endsBy.timeIntervalSince(lease.expiresAt).rounded(.down)))
        return .deny(
            Refusal(
                .ttlAboveMaximum,
                "the rule ends at \(AuditEncoding.timestamp(endsBy)), and every lease under it",
                field: "ttl_seconds", hint: "ask for less", figures: ["maximum_ttl_seconds": left]))
    }

    private func decideExtension(
        _ wish: LeaseRequest, of lease: Lease, to end: Date, by identity: Identity, _ policy: Policy,
        _ ceiling: TTL, _ now: Date
    ) async throws(Refusal) -> Decision {
        let total = Int(end.timeIntervalSince(lease.createdAt).rounded(.up))
        guard total <= ceiling.seconds else {
            return .deny(
                Refusal(
                    .ttlAboveMaximum,
                    "the lease would live \(HumanDuration.text(seconds: total)) in all, and nothing lives longer than"
                        + " \(ceiling)",
                    field: "ttl_seconds", hint: "ask for less, or for a new lease",
                    figures: ["maximum_ttl_seconds": ceiling.seconds]))
        }
        let whole = LeaseRequest(
            profile: wish.profile, ttl: try TTL(seconds: total), reason: wish.reason, ticket: wish.ticket)
        var history = try await history(policy.historyNeeded(for: whole, by: identity, now: now))
        // It takes no other place than the one that it has.
        (history.held, history.ended, history.activeInAll) = ([], [:], 0)
        switch policy.decideExtension(
            whole, begun: lease.createdAt, by: identity, history: history, now: now)
        {
        case .allow(let grant): return .allow(grant.extending(by: wish.ttl))
        case .approval(let grant, let terms):
            // What was given with the lease is given.
            return end <= lease.endsLatestAt
                ? .allow(grant.extending(by: wish.ttl)) : .approval(grant.extending(by: wish.ttl), terms)
        case .deny(let refusal): return .deny(refusal)
        }
    }

    /// Moves the end of the lease, in the server and then on record. What fails is tried again by the keeper.
    /// - Returns: the request as it stands then; nil when that is not known.
    func carryOutExtension(_ request: AccessRequest) async -> AccessRequest? {
        guard let extends = request.course?.extends else { return nil }
        do throws(StoreError) {
            return try await turns.inTurn(extends.lease) { () async throws(StoreError) in
                try await carryOut(extends, of: request)
            }
        } catch {
            logger.error("extension not carried out", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func carryOut(_ extends: AccessRequest.Course.Extension, of request: AccessRequest)
        async throws(StoreError) -> AccessRequest?
    {
        let now = timekeeper.now()
        guard let before = try await store.request(request.id), before.state == .approved else { return nil }
        guard let lease = try await store.lease(extends.lease), lease.state == .active, lease.expiresAt > now,
            let database = databases[lease.database]
        else { return try await endPointless(request.id, "the lease has ended", now) }
        // Nothing outlives a ceiling or an end of its rule that came since it was approved.
        let policy = configuration.policy
        let given = try await store.request(lease.requestID)?.rule
        let end = [request.rule, given].map { policy.latestEnd(of: lease, rule: $0) }
            .reduce(extends.to) { min($0, $1) }
        guard end > lease.expiresAt || end > lease.endsLatestAt else {
            return try await endPointless(request.id, "the lease would end no later by it", now)
        }
        switch await standing(of: before, policy, now) {
        case .success: break
        case .failure(.unknown(let why)):
            return try await extensionStopped("who asked cannot be looked up: \(why)", lease, request, now)
        case .failure(.denied(let refusal)):
            return try await extensionDenied(refusal, request, now)
        }
        if let stopped = lockdowns.stopping(.init(of: lease))?.refusal(now: now) {
            return try await extensionStopped(stopped.message, lease, request, now)
        }
        let seconds = max(1, Int(end.timeIntervalSince(now).rounded(end < extends.to ? .down : .up)))
        let outcome: Result<Date, EngineFailure>
        do throws(Refusal) {
            let order = RenewOrder(lease, ttl: try TTL(seconds: seconds))
            outcome =
                await database.engine.renew([order]).first
                ?? .failure(EngineFailure(.outcomeUnknown, "the engine gave no answer"))
        } catch {
            outcome = .failure(EngineFailure(.refusedByGuard, error.message))
        }
        switch outcome {
        case .success(let validUntil):
            let event = AuditEvent(
                at: now, actor: .broker, action: .leaseExtended, subject: .init(of: lease),
                reason: request.reason?.rawValue, rule: request.rule,
                details: [
                    "from": AuditEncoding.timestamp(lease.expiresAt),
                    "to": AuditEncoding.timestamp(end), "extension": request.id.rawValue,
                    "requester": lease.requester.user,
                ])
            let step = LeaseStep(
                lease.id, .extended(to: end, validUntil: validUntil), audit: event, fulfils: request.id
            )
            let result = try await store.apply([step], now: now).first
            if let refusal = result?.refusal {
                return try await extensionStopped(refusal.message, lease, request, now)
            }
            if let extended = result?.lease, result?.change == .changed {
                tethers.tell(.renewed, extended)
                for rule in Set([request.rule, given]) { _ = try await endWithRule(extended, rule) }
            }
            return try await store.request(request.id)
        case .failure(let failure):
            return try await extensionFailed(failure, lease, request, now)
        }
    }

    /// Ends a request to extend a lease by which nothing would be gained any more.
    private func endPointless(
        _ id: RequestID, _ why: String, _ now: Date
    ) async throws(StoreError) -> AccessRequest? {
        try await store.move(id) { request in
            let change = request.extensionPointless()
            let ended = AuditEvent.ended(.requestExpired, request, by: .broker, why: why, at: now)
            return RequestMove(change, change == .changed ? [ended] : [])
        }?.request
    }

    /// Why an extension is not carried out.
    private enum Withheld: Error {
        case denied(Refusal)
        case unknown(IdentityFailure)
    }

    /// What redeeming demands, of who asked as they are now: what was approved is not for who has lost the right since.
    private func standing(
        of request: AccessRequest, _ policy: Policy, _ now: Date
    ) async -> Result<Void, Withheld> {
        guard var requester = request.course?.identity else { return .success(()) }
        do throws(IdentityFailure) { requester = try await directory.renewed(requester) } catch {
            return .failure(.unknown(error))
        }
        guard case .deny(let refusal) = policy.redemption(of: request, by: requester, now: now) else {
            return .success(())
        }
        return .failure(.denied(refusal))
    }

    private func extensionDenied(
        _ refusal: Refusal, _ request: AccessRequest, _ now: Date
    ) async throws(StoreError) -> AccessRequest? {
        try await store.move(request.id) { request in
            let change = request.stop(now: now)
            let ended = AuditEvent.ended(.requestDenied, request, by: .broker, why: refusal.message, at: now)
            return RequestMove(change, change == .changed ? [ended] : [])
        }?.request
    }

    /// It is tried again. People may decide under a lockdown; what they agreed to is carried out when it is over, if the
    /// lease is there.
    private func extensionStopped(
        _ why: String, _ lease: Lease, _ request: AccessRequest, _ now: Date
    ) async throws(StoreError) -> AccessRequest? {
        let event = AuditEvent(
            at: now, actor: .broker, action: .leaseExtensionFailed, outcome: .failed,
            subject: .init(of: lease), rule: request.rule,
            details: ["failure": why, "extension": request.id.rawValue])
        return try await store.move(request.id) { request in
            let change = request.extensionFailed(why, retryAt: now.addingTimeInterval(5))
            return RequestMove(change, change == .changed ? [event] : [])
        }?.request
    }

    private func extensionFailed(
        _ failure: EngineFailure, _ lease: Lease, _ request: AccessRequest, _ now: Date
    ) async throws(StoreError) -> AccessRequest? {
        var event = AuditEvent(
            at: now, actor: .broker, action: .leaseExtensionFailed, outcome: .failed,
            subject: .init(of: lease), rule: request.rule,
            details: ["failure": failure.publicDescription, "extension": request.id.rawValue])
        // What the guard refuses, it refuses tomorrow too: its ceiling counts from the role's creation.
        let isFinal = failure.kind == .refusedByGuard || failure.kind == .invalid
        if isFinal { event.action = .requestDenied }
        return try await store.move(request.id) { [event] request in
            let change =
                isFinal
                ? request.stop(now: now)
                : request.extensionFailed(failure.publicDescription, retryAt: now.addingTimeInterval(5))
            return RequestMove(change, change == .changed ? [event] : [])
        }?.request
    }
}

extension Grant {
    /// The same, for so much more than a lease has.
    fileprivate func extending(by ttl: TTL?) -> Grant {
        Grant(
            profile: profile, rule: rule, ttl: ttl ?? self.ttl, maximum: maximum, person: person,
            identities: identities, endsBy: endsBy, limits: limits, isBreakGlass: isBreakGlass,
            review: review,
            demandsMFA: demandsMFA)
    }
}
