import MayflyAPI
import MayflyCore

extension MayflyAPI.AccessRequest {
    /// - Parameter ttl: the TTL that was decided on, where the request left it to the profile.
    init(_ request: MayflyCore.AccessRequest, ttl: TTL? = nil) {
        self.init(
            id: request.id.rawValue, state: RequestState(request.state), profile: request.profile.rawValue,
            requester: request.requester.user, requesterUid: request.requester.uid,
            ttlSeconds: (request.ttl ?? ttl)?.seconds ?? 0, reason: request.reason?.rawValue,
            ticket: request.ticket?.rawValue, createdAt: request.createdAt,
            decision: Decision(request.state), rule: request.rule, leaseId: request.leaseID?.rawValue)
    }
}

extension RequestState {
    init(_ state: MayflyCore.AccessRequest.State) {
        switch state {
        case .pending: self = .pending
        case .approved: self = .approved
        case .issued: self = .issued
        case .denied: self = .denied
        case .withdrawn: self = .withdrawn
        case .expired: self = .expired
        }
    }
}

extension MayflyAPI.Decision {
    /// What policy must have said for a request to stand where it stands.
    init(_ state: MayflyCore.AccessRequest.State) {
        switch state {
        case .approved, .issued: self = .allow
        case .denied: self = .deny
        case .pending, .withdrawn, .expired: self = .needsApproval
        }
    }
}

extension RequestReply {
    init(_ issued: Issued) {
        self.init(
            request: MayflyAPI.AccessRequest(issued.request, ttl: issued.grant.ttl),
            lease: MayflyAPI.Lease(issued.lease), credential: issued.credential)
    }
}
