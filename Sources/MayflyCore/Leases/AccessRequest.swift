package import Foundation

/// Somebody's wish, as it stands on record: profile, TTL, reason, ticket and what became of it.
///
///     pending ─▶ approved ─▶ issued
///        │           │
///        ├─▶ denied ◀┤
///        ├─▶ withdrawn
///        └─▶ expired ◀ (both)
///
/// Nothing is deleted: a request that ended stays on record, with every vote. What happens to it are the mutating
/// functions of its extensions: people vote (`+Voting`), time passes (`+Time`), its requester redeems or withdraws
/// it (`+Redeeming`).
package struct AccessRequest: Hashable, Sendable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Waits for people. Can become `approved`, `denied`, `withdrawn`, `expired`.
        case pending
        /// Decided in its favour. With a lease, that is being made: can become `issued`, stays when policy decided
        /// alone and the lease failed. Without one its requester may redeem it, once, within its window: can become
        /// `denied` (its rule was turned to deny), `withdrawn`, `expired`.
        case approved
        /// A credential was made, or the lease it extends goes on. Final.
        case issued
        /// By policy or by a person. Final.
        case denied
        /// By its requester. Final.
        case withdrawn
        /// Nobody decided in time, or nobody redeemed it. Final.
        case expired

        package var isFinal: Bool { self != .pending && self != .approved }
    }

    /// More than that of one person do not wait at a time.
    package static let mostWaiting = 50

    package let id: RequestID
    package let profile: ProfileName
    package let requester: Lease.Requester
    package let ttl: TTL?
    package let reason: Reason?
    package let ticket: Ticket?
    /// The part of the profile's scope that was asked for; nil for all of it.
    package let narrowing: Narrowing?
    package let createdAt: Date
    /// The rule that decided; nil when none did.
    package let rule: String?
    package internal(set) var state: State
    package internal(set) var leaseID: LeaseID?
    /// What people are asked and what they said; nil where policy decided and issued at once.
    package internal(set) var course: Course?

    package init(
        id: RequestID, profile: ProfileName, requester: Lease.Requester, ttl: TTL?, reason: Reason?,
        ticket: Ticket?, narrowing: Narrowing? = nil, createdAt: Date, rule: String?, state: State,
        leaseID: LeaseID?, course: Course? = nil
    ) {
        self.id = id
        self.profile = profile
        self.requester = requester
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
        self.narrowing = narrowing
        self.createdAt = createdAt
        self.rule = rule
        self.state = state
        self.leaseID = leaseID
        self.course = course
    }

    /// The request as it is recorded when its quota was full: denied, without a lease.
    package func denied() -> AccessRequest {
        AccessRequest(
            id: id, profile: profile, requester: requester, ttl: ttl, reason: reason, ticket: ticket,
            narrowing: narrowing, createdAt: createdAt, rule: rule, state: .denied, leaseID: nil,
            course: course)
    }

    /// Whether both are the same wish of the same identity: what an idempotency key may be repeated for.
    package func asksTheSame(as other: AccessRequest) -> Bool {
        requester.uid == other.requester.uid && requester.key == other.requester.key
            && profile == other.profile && ttl == other.ttl && reason == other.reason
            && ticket == other.ticket && narrowing == other.narrowing
            && course?.startAt == other.course?.startAt
            && course?.extends?.lease == other.course?.extends?.lease
    }
}
