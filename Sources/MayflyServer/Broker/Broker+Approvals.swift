import Foundation
import Logging
package import MayflyCore

/// Approvals that an upstream system signed: a chat bot, a ticket system, an access portal.
///
/// The signature is the authority, whoever hands it in: an approval says for whom and for what it is, counts once, for
/// ever, and only where the rule that decided names its authority. The people in it count as if they had said so
/// themselves, and no more than that.
extension Broker {
    /// Decides on a request that arrives with an approval. Where the rules give it anyway the approval is not needed, and
    /// not used up. Where it is, and all steps are done by it, the access is given at once.
    package func ask(
        _ wish: LeaseRequest, approval: String, by identity: Identity, idempotencyKey key: String?
    ) async throws(Refusal) -> Answer {
        let now = timekeeper.now()
        let (configuration, databases) = try accepting()
        let policy = configuration.policy
        if let answer = try await repeated(wish, by: identity, key, policy, databases, now) {
            return try await redeemed(answer, by: identity, key)
        }
        let history = try await history(policy.historyNeeded(for: wish, by: identity, now: now))
        guard
            case .approval(let grant, let terms) = policy.decide(
                wish, by: identity, history: history, now: now)
        else { return try await ask(wish, by: identity, idempotencyKey: key) }
        let database = try checkConfigured(grant, databases)
        try await checkInStep(wish, grant, database, by: identity, now)
        try await foresee(wish, grant, at: database, by: identity, now)
        let request: AccessRequest
        do throws(Refusal) {
            let attestation = try await attestation(approval, by: identity, configuration, now)
            request = try await submit(
                wish, grant, terms, attested: attestation, by: identity, key, now)
        } catch {
            if error.code == .approvalInvalid || error.code == .denied {
                try await recordDenied(wish, by: identity, error, now)
            }
            throw error
        }
        return try await redeemed(.waiting(request), by: identity, key)
    }

    /// Approved at once is issued at once; a crash between the two leaves it to be redeemed.
    private func redeemed(_ answer: Answer, by identity: Identity, _ key: String?) async throws(Refusal)
        -> Answer
    {
        guard case .waiting(let request) = answer, request.state == .approved, request.course?.startAt == nil
        else {
            return answer
        }
        return .issued(try await redeem(request.id.rawValue, by: identity, idempotencyKey: key))
    }

    /// Hands in an approval for a request that waits. Anybody may who reaches the socket: a bot is neither the requester
    /// nor an approver.
    package func attach(_ approval: String, to name: String, by identity: Identity) async throws(Refusal)
        -> AccessRequest
    {
        let (configuration, _) = try accepting()
        let now = timekeeper.now()
        let found = try await requestToApprove(name, by: identity)
        do throws(Refusal) {
            try checkUnchanged(found, configuration)
            let attestation = try await attestation(approval, by: identity, configuration, now)
            return try await attach(attestation, to: found, configuration)
        } catch {
            try await recordVoteRefused(found, by: identity, error, now)
            throw error
        }
    }

    private func attach(
        _ attestation: Attestation, to found: AccessRequest, _ configuration: Configuration
    ) async throws(Refusal) -> AccessRequest {
        let policy = configuration.policy
        let rule = configuration.access.first { $0.name == found.rule }
        // An edit takes away, and never gives.
        guard rule?.authorities.contains(attestation.approval.authority) == true else {
            throw Refusal(.authorityUnknown, on: found)
        }
        let approval = attestation.approval
        let used = try await stored { () async throws(StoreError) in
            try await store.request(approvedBy: approval.issuer, approval.id)
        }
        // The reply to the first may have been lost.
        if used == found.id { return found }
        let moved = try await move(found.id) { request in
            attestation.count(on: &request, configuration.people, inForce: policy.terms(of: request))
        }
        try moved.outcome.get()
        guard moved.request.state == .approved, moved.request.course?.extends != nil else {
            return moved.request
        }
        return await carryOutExtension(moved.request) ?? moved.request
    }

    /// For those who see it by the beginning of its id, for others by the whole of it, which its requester told.
    private func requestToApprove(_ name: String, by identity: Identity) async throws(Refusal)
        -> AccessRequest
    {
        if let id = RequestID(rawValue: name),
            let found = try await stored({ () async throws(StoreError) in try await store.request(id) })
        {
            return found
        }
        return try await request(name, by: identity)
    }

    /// Believes it, or not, and finds the people whom it names on this host.
    private func attestation(
        _ approval: String, by identity: Identity, _ configuration: Configuration, _ now: Date
    ) async throws(Refusal) -> Attestation {
        let signed: SignedApproval
        do throws(TokenFailure) {
            signed = try await tokens.approval(approval, of: configuration.authorities, now: now)
        } catch {
            guard error != .keysUnavailable else {
                throw Refusal(
                    .timedOut, "the authority's keys are not available", field: "approval", hint: error.hint)
            }
            throw Refusal(
                .approvalInvalid, "the approval is not taken: \(error)", field: "approval",
                hint: "compare it with `approval_authorities` in the configuration")
        }
        var approvers: [Identity] = []
        for name in signed.approvers {
            let found: Identity?
            do { found = try await directory.identity(named: name) } catch {
                throw Refusal(.timedOut, "\(error)", field: "approval", hint: "try again in a moment")
            }
            guard let found else {
                throw Refusal(
                    .approvalInvalid,
                    "the approval names \(name.quoted(limit: 80)), who is nobody on the broker's host",
                    field: "approval", hint: "approvers are user:NAME or uid:NUMBER")
            }
            approvers.append(found)
        }
        return Attestation(approval: signed, approvers: approvers, broughtBy: identity, at: now)
    }
}
