package import Foundation

/// Somebody's wish, as it stands on record: profile, TTL, reason, ticket and what became of it.
package struct AccessRequest: Hashable, Sendable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Waits for people. Can become `approved`, `denied`, `withdrawn`, `expired`.
        case pending
        /// Decided in its favour; a lease is being made. Can become `issued`; stays when the lease failed.
        case approved
        /// A credential was made. Final.
        case issued
        case denied, withdrawn, expired
    }

    package let id: RequestID
    package let profile: ProfileName
    package let requester: Lease.Requester
    package let ttl: TTL?
    package let reason: Reason?
    package let ticket: Ticket?
    package let createdAt: Date
    /// The rule that decided; nil when none did.
    package let rule: String?
    package private(set) var state: State
    package private(set) var leaseID: LeaseID?

    package init(
        id: RequestID, profile: ProfileName, requester: Lease.Requester, ttl: TTL?, reason: Reason?,
        ticket: Ticket?,
        createdAt: Date, rule: String?, state: State, leaseID: LeaseID?
    ) {
        self.id = id
        self.profile = profile
        self.requester = requester
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
        self.createdAt = createdAt
        self.rule = rule
        self.state = state
        self.leaseID = leaseID
    }

    /// The lease became active.
    package mutating func issued() -> Lease.Change {
        switch state {
        case .approved:
            state = .issued
            return .changed
        case .issued: return .already
        case .pending, .denied, .withdrawn, .expired: return .impossible
        }
    }

    /// The request as it is recorded when its quota was full: denied, without a lease.
    package func denied() -> AccessRequest {
        AccessRequest(
            id: id, profile: profile, requester: requester, ttl: ttl, reason: reason, ticket: ticket,
            createdAt: createdAt, rule: rule, state: .denied, leaseID: nil)
    }

    /// Whether both are the same wish of the same person: what an idempotency key may be repeated for.
    package func asksTheSame(as other: AccessRequest) -> Bool {
        requester.uid == other.requester.uid && profile == other.profile && ttl == other.ttl
            && reason == other.reason && ticket == other.ticket
    }
}
