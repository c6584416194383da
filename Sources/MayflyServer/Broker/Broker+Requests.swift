import Foundation
import Logging
package import MayflyCore

/// Requests that people decide: put before them, voted on, withdrawn and redeemed.
extension Broker {
    /// No request begins later than that, in seconds from now.
    static let latestStart = TTL.ceiling

    /// Puts a request before people; or, where the policy itself agrees, keeps it for its start.
    func submit(
        _ wish: LeaseRequest, _ grant: Grant, _ terms: ApprovalTerms,
        extends: AccessRequest.Course.Extension? = nil, until pendingUntil: Date? = nil,
        attested: Attestation? = nil, by identity: Identity, _ key: String?, _ now: Date
    ) async throws(Refusal) -> AccessRequest {
        var request = AccessRequest.submitted(
            profile: wish.profile, requester: .init(identity, person: grant.person), ttl: grant.ttl,
            reason: wish.reason, ticket: wish.ticket, narrowing: wish.narrowing, rule: grant.rule,
            course: .init(
                identity: identity, grant: grant, terms: terms,
                startAt: wish.startAt.flatMap { $0 > now ? $0 : nil },
                isTethered: wish.isTethered, extends: extends, pendingUntil: pendingUntil, now: now),
            now: now)
        var events = [AuditEvent.submitted(request, by: identity, at: now)]
        var uses: ApprovalUse?
        if let attested {
            let moved = attested.count(on: &request, configuration.people, inForce: terms)
            try moved.outcome.get()
            events += moved.events
            uses = moved.uses
        }
        let admission = Admission(
            request: request, lease: nil, limits: grant.limits, identities: grant.identities,
            idempotencyKey: key,
            events: events, uses: uses,
            people: configuration.people.everybody(behind: identity),
            overQuota: { [refusals, request] refusal in
                refusals.admit(identity.uid, now: now).map {
                    [
                        AuditEvent(
                            at: now, actor: .person(identity), action: .requestDenied, outcome: .denied,
                            subject: .init(of: request), reason: request.reason?.rawValue, rule: request.rule,
                            refusal: refusal, leftOut: $0)
                    ]
                }
            })
        switch try await stored({ () async throws(StoreError) in try await store.admit(admission) }) {
        case .admitted: return request
        case .waiting(let same): return same
        case .repeated(let same, _): return same
        case .overQuota(let refusal): throw refusal
        case .notRedeemed: throw Refusal(.internal, "nothing was to be redeemed")
        }
    }

    /// Somebody approves or denies.
    package func vote(
        _ verdict: Vote.Verdict, on name: String, reason: Reason?, by identity: Identity
    ) async throws(Refusal) -> AccessRequest {
        guard verdict == .approve || reason != nil else {
            throw Refusal(
                .reasonRequired, "a request is denied with a reason only", field: "reason",
                hint: "say why with --reason")
        }
        let found = try await request(name, by: identity)
        let configuration = configuration
        let policy = configuration.policy
        if verdict == .approve { try checkUnchanged(found, configuration) }
        let now = timekeeper.now()
        // The factor that the call was checked for, not one that was checked some time ago.
        let ballot = Ballot(verdict, by: identity, reason: reason, isProven: identity.mfa != nil)
        let moved = try await move(found.id) { request in
            let outcome = request.vote(
                ballot, people: configuration.people, inForce: policy.terms(of: request), now: now)
            return RequestMove(outcome, AuditEvent.voted(ballot, outcome, on: request, at: now))
        }
        if case .refused(let why) = moved.outcome {
            let refusal = Refusal(why, on: moved.request)
            try await recordVoteRefused(moved.request, by: identity, refusal, now)
            throw refusal
        }
        guard moved.outcome == .approved, moved.request.course?.extends != nil else { return moved.request }
        return await carryOutExtension(moved.request) ?? moved.request
    }

    /// Its requester takes it back.
    package func withdraw(_ name: String, by identity: Identity) async throws(Refusal) -> AccessRequest {
        let found = try await ownRequest(name, by: identity, what: "withdraws")
        let now = timekeeper.now()
        let moved = try await move(found.id) { request in
            let change = request.withdraw(now: now)
            return RequestMove(
                change,
                change == .changed
                    ? [.ended(.requestWithdrawn, request, by: .person(identity), at: now)] : [])
        }
        guard moved.outcome != .impossible else {
            throw Refusal(
                .conflict, "request \(found.id) is \(moved.request.state.rawValue)", field: "id",
                hint: moved.request.leaseID == nil ? nil : "`mayfly revoke` ends its lease")
        }
        return moved.request
    }

    /// Its requester fetches the credential of what was approved, once.
    package func redeem(_ name: String, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Issued
    {
        let (configuration, databases) = try accepting()
        let found = try await ownRequest(name, by: identity, what: "redeems")
        guard let course = found.course, found.ttl != nil else {
            throw Refusal(found.leaseID == nil ? .over(found.state) : .already, found)
        }
        try checkUnchanged(found, configuration)
        let now = timekeeper.now()
        guard let database = databases[course.database] else {
            throw Refusal(.notFound, "\(course.database) is no longer configured", field: "id")
        }
        let grant: Grant
        switch configuration.policy.redemption(of: found, by: identity, now: now) {
        case .allow(let given): grant = given
        case .approval: throw Refusal(.internal, "what is approved is not approved again")
        case .deny(let refusal):
            // What is over says so by itself.
            guard !found.state.isFinal else {
                throw Refusal(found.state == .issued ? .already : .over(found.state), found)
            }
            try await recordVoteRefused(found, by: identity, refusal, now)
            throw refusal
        }
        if let refusal = database.drift.refusal(of: grant.profile) {
            try await recordVoteRefused(found, by: identity, refusal, now)
            throw refusal
        }
        // What was approved is given as that part or not at all, whatever the database has become since.
        do throws(Refusal) { try checkNarrows(found.narrowing, of: found.profile, database) } catch {
            try await recordVoteRefused(found, by: identity, error, now)
            throw error
        }
        if let demand = grant.demandsMFA, !demand.isMet(by: identity, now: now) {
            throw Refusal(
                .mfaRequired, "request \(found.id) is redeemed with a second factor", field: "code",
                hint: "give a code with --code")
        }
        let intent = try intend(
            redeeming: found, grant, configuration.installation.tag, from: database, by: identity, now)
        return try await make(intent, grant, from: database, by: identity, idempotencyKey, now)
    }

    /// A request that its requester alone may use, with the identity that asked.
    func ownRequest(_ name: String, by identity: Identity, what: String) async throws(Refusal)
        -> AccessRequest
    {
        let found = try await request(name, by: identity)
        guard found.requester.isSame(as: identity) else {
            let refusal = Refusal(
                .denied, "request \(found.id) is not yours", field: "id",
                hint: "only its requester \(what) a request")
            try await recordVoteRefused(found, by: identity, refusal, timekeeper.now())
            throw refusal
        }
        return found
    }

    /// What people said yes to is what is given: a profile that has become another since is another wish, and a
    /// profile that is denied by now is given to nobody.
    func checkUnchanged(_ request: AccessRequest, _ configuration: Configuration) throws(Refusal) {
        guard let course = request.course, !request.state.isFinal else { return }
        guard let profile = configuration.profiles[request.profile], !profile.retired,
            profile.database == course.database, profile.memberOf == course.groups,
            profile.create == course.create
        else {
            throw Refusal(
                .conflict, "\(request.profile) is not what it was when request \(request.id) was made",
                field: "id", hint: "ask again for what it is now")
        }
        guard !configuration.policy.denies(request, at: timekeeper.now()) else {
            throw Refusal(
                .denied, "the access rules deny \(request.profile) to \(request.requester.user) by now",
                field: "id")
        }
    }

    /// Stops what waits where the configuration denies it by now.
    func stopDenied(_ configuration: Configuration) async throws(StoreError) {
        let now = timekeeper.now()
        let policy = configuration.policy
        for waiting in try await store.dueRequests(now: .distantFuture, limit: 1_000_000)
        where policy.denies(waiting, at: now) {
            _ = try await store.move(waiting.id) { request in
                let change = request.stop(now: now)
                return RequestMove(
                    change,
                    change == .changed
                        ? [
                            .ended(
                                .requestDenied, request, by: .broker,
                                why: "the access rules deny it by now", at: now)
                        ] : [])
            }
        }
    }

    func move<Outcome: Sendable>(
        _ id: RequestID, _ body: @escaping @Sendable (inout AccessRequest) -> RequestMove<Outcome>
    ) async throws(Refusal) -> RequestMoved<Outcome> {
        let moved = try await stored { () async throws(StoreError) in try await store.move(id, body) }
        guard let moved else { throw Refusal(.notFound, "no request \(id)", field: "id") }
        return moved
    }

    func recordVoteRefused(
        _ request: AccessRequest, by identity: Identity, _ refusal: Refusal, _ now: Date
    ) async throws(Refusal) {
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        let event = AuditEvent(
            at: now, actor: .person(identity), action: .requestVoteRefused, outcome: .denied,
            subject: .init(of: request), rule: request.rule, refusal: refusal, leftOut: leftOut)
        try await stored { () async throws(StoreError) in try await store.record([event]) }
    }
}
