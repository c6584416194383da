import Foundation
import MayflyCore

/// Calls that are repeated with their `Idempotency-Key`, as a reply was lost.
///
/// They are answered before anything is decided: what the first call made may have filled the quota, or raised the flag,
/// that the second would meet. Two that come at once are told apart by the store, which looks at the key again.
extension Broker {
    /// - Returns: the first call's answer; nil when there was none, or its lease could not be made.
    func repeated(
        _ wish: LeaseRequest, by identity: Identity, _ key: String?, _ policy: Policy,
        _ databases: [DatabaseName: AdministeredDatabase], _ now: Date
    ) async throws(Refusal) -> Answer? {
        guard let first = try await repeated(wish, by: identity, key, policy, now) else { return nil }
        guard let id = first.leaseID else { return .waiting(first) }
        guard
            case .allow(let grant) = policy.renewal(
                of: wish.profile, isBreakGlass: wish.isBreakGlass, ttl: first.ttl, by: identity, now: now),
            grant.demandsMFA?.isMet(by: identity, now: now) != false,
            first.course?.demandsMFA?.isMet(by: identity, now: now) != false,
            let database = databases[grant.profile.database],
            let lease = try await stored({ () async throws(StoreError) in try await store.lease(id) }),
            lease.state != .failed,
            // Its reply would be a fresh password, which a lockdown stops; the decision says so. What is in force when
            // the password is made anew, the store looks at.
            lockdowns.stopping(.init(of: lease)) == nil
        else { return nil }
        // Two at once: one after the other, so that what is on record last is the password in force.
        return .issued(
            try await turns.inTurn(id) { () async throws(Refusal) in
                try await reissue(first, lease, grant, from: database, by: identity)
            })
    }

    /// - Returns: the request that was made with the key, where it is the same wish. Another is refused as it is
    ///   recorded.
    func repeated(
        _ wish: LeaseRequest, extending lease: LeaseID? = nil, by identity: Identity, _ key: String?,
        _ policy: Policy, _ now: Date
    ) async throws(Refusal) -> AccessRequest? {
        guard let key else { return nil }
        let found = try await stored { () async throws(StoreError) in
            try await store.request(
                keyed: Admission.scoped(key, of: identity.key), of: identity.uid, now: now)
        }
        guard let found else { return nil }
        var ttl = wish.ttl
        if ttl == nil,
            case .allow(let grant) = policy.renewal(
                of: wish.profile, isBreakGlass: wish.isBreakGlass, by: identity, now: now)
        {
            ttl = grant.ttl
        }
        let same =
            found.requester.key == identity.key && found.profile == wish.profile && found.ttl == ttl
            && found.reason == wish.reason && found.ticket == wish.ticket
            && found.narrowing == wish.narrowing
            && found.course?.extends?.lease == lease
            && found.course?.startAt == wish.startAt.flatMap { $0 > found.createdAt ? $0 : nil }
        return same ? found : nil
    }
}
