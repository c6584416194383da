import Foundation
import MayflyCore

/// What is put on record before a server is touched: the request as allowed, and the lease it is to become.
struct Intent: Sendable {
    let request: AccessRequest
    let lease: Lease
    let events: [AuditEvent]
    /// The request is on record already, and approved.
    let isRedemption: Bool
    private let actor: AuditEvent.Actor

    init(
        _ wish: LeaseRequest, _ grant: Grant, on database: DatabaseDefinition, role: RoleName,
        by identity: Identity, now: Date,
        settleBy: Date
    ) {
        let requester = Lease.Requester(identity, person: grant.person)
        let leaseID = LeaseID()
        request = AccessRequest(
            id: RequestID(), profile: wish.profile, requester: requester, ttl: grant.ttl, reason: wish.reason,
            ticket: wish.ticket, narrowing: wish.narrowing, createdAt: now, rule: grant.rule,
            state: .approved,
            leaseID: leaseID)
        lease = Lease(
            id: leaseID, requestID: request.id, grant: grant, engine: database.engine, requester: requester,
            reason: wish.reason, ticket: wish.ticket, narrowing: wish.narrowing, role: role,
            isTethered: wish.isTethered, now: now, settleBy: settleBy, mode: database.mode)
        isRedemption = false
        actor = .person(identity)
        var details = ["ttl": grant.ttl.description, "groups": grant.profile.memberOf.joined(separator: ",")]
        details["ticket"] = wish.ticket?.rawValue
        details["narrowed_to"] = wish.narrowing?.text
        if wish.isTethered { details["tethered"] = "true" }
        if grant.isBreakGlass { details["break_glass"] = "true" }
        events = [
            AuditEvent(
                at: now, actor: actor, action: .requestCreated, subject: .init(of: lease),
                reason: wish.reason?.rawValue, rule: grant.rule, details: details),
            AuditEvent(
                at: now, actor: .broker, action: .leaseCreating, subject: .init(of: lease), rule: grant.rule,
                details: lease.mode.auditDetails),
        ]
    }

    /// The lease for a request that was approved. Its time begins now, not when it was asked for.
    init(
        redeeming request: AccessRequest, _ grant: Grant, on database: DatabaseDefinition, role: RoleName,
        by identity: Identity, now: Date, settleBy: Date
    ) {
        self.request = request
        lease = Lease(
            id: LeaseID(), requestID: request.id, grant: grant, engine: database.engine,
            requester: request.requester, reason: request.reason, ticket: request.ticket,
            narrowing: request.narrowing, role: role, isTethered: request.course?.isTethered ?? false,
            now: now, settleBy: settleBy, mode: database.mode)
        isRedemption = true
        actor = .person(identity)
        let approvers = request.course?.votes.map(\.identity.user).joined(separator: ",") ?? ""
        events = [
            AuditEvent(
                at: now, actor: actor, action: .requestRedeemed, subject: .init(of: lease), rule: grant.rule,
                details: ["approved_by": approvers]),
            AuditEvent(
                at: now, actor: .broker, action: .leaseCreating, subject: .init(of: lease), rule: grant.rule,
                details: lease.mode.auditDetails),
        ]
    }

    /// What is recorded instead when there are too many leases already.
    /// - Parameter leftOut: how many refusals of this person were not recorded since the last.
    func refused(_ refusal: Refusal, leftOut: Int) -> AuditEvent {
        AuditEvent(
            at: lease.createdAt, actor: actor, action: .requestDenied, outcome: .denied,
            subject: .init(request: request.id, database: lease.database, profile: lease.profile),
            reason: request.reason?.rawValue, rule: request.rule, refusal: refusal, leftOut: leftOut)
    }

    /// What is recorded when no role was asked for after all.
    func abandoned(_ refusal: Refusal) -> AuditEvent {
        AuditEvent(
            at: lease.createdAt, actor: .broker, action: .leaseFailed, outcome: .failed,
            subject: .init(of: lease), details: ["failure": refusal.message])
    }
}

extension DatabaseDefinition.Mode {
    /// What a lease's records say of it: nothing where the guard is, whose promises hold.
    var auditDetails: [String: String] {
        switch self {
        case .guard: [:]
        case .direct: ["mode": rawValue]
        }
    }
}
