package import Foundation
package import MayflyCore

/// Requests and leases to try a store with.
package enum StoreConformanceSample {
    /// Not a whole number of seconds, so that a store which cuts too much is noticed.
    package static let now = Date(milliseconds: 1_763_734_770_123)
    package static let orders = DatabaseName(unchecked: "orders")
    package static let read = ProfileName(unchecked: "orders-read")

    package static func identity(uid: UInt32 = 1001) -> Identity {
        Identity(uid: uid, user: "user\(uid)", groups: [], pid: 4711)
    }

    package static func grant(
        profile: ProfileName = read, database: DatabaseName = orders, seconds: Int = 1800,
        person: Person = Person(rawValue: "uid:1001")
    ) throws -> Grant {
        let (ttl, maximum) = (try TTL(seconds: seconds), try TTL(seconds: 8 * 3600))
        let profile = Profile(
            name: profile, database: database, ttl: .init(default: ttl, max: maximum),
            memberOf: ["orders_readonly", "odd \"group\""])
        return Grant(
            profile: profile, rule: "developers read orders", ttl: ttl, maximum: maximum,
            person: person)
    }

    /// An approved request with its lease and a record of each.
    package static func admission(
        uid: UInt32 = 1001, person: Person? = nil, profile: ProfileName = read,
        database: DatabaseName = orders, seconds: Int = 1800,
        reason: String = "ticket 4711: who’s there?", at now: Date = now, settle: TimeInterval = 30,
        quota: Quota? = nil, limits: AdmissionLimits? = nil, key: String? = nil
    ) throws -> Admission {
        let grant = try grant(profile: profile, database: database, seconds: seconds)
        let requester = Lease.Requester(user: "user\(uid)", uid: uid, person: person)
        let (requestID, leaseID) = (RequestID(), LeaseID())
        let reason = try Reason(parsing: reason)
        let ticket = try Ticket(parsing: "OPS-17")
        var random = SystemRandomNumberGenerator()
        let role = RoleName(
            tag: InstallationTag(rawValue: "eu1")!, requester: requester.user,  // a literal that is one
            random: (0..<RoleName.randomLength).map { _ in UInt8.random(in: 0...255, using: &random) })
        let request = AccessRequest(
            id: requestID, profile: profile, requester: requester, ttl: grant.ttl, reason: reason,
            ticket: ticket, createdAt: now, rule: grant.rule, state: .approved, leaseID: leaseID)
        let lease = Lease(
            id: leaseID, requestID: requestID, grant: grant, engine: .postgresql, requester: requester,
            reason: reason, ticket: ticket, role: role, now: now, settleBy: now.addingTimeInterval(settle),
            mode: .direct)
        let actor = AuditEvent.Actor.person(identity(uid: uid))
        let created = AuditEvent(
            at: now, actor: actor, action: .requestCreated,
            subject: .init(request: requestID, profile: profile), reason: reason.rawValue, rule: grant.rule)
        let creating = AuditEvent(
            at: now, actor: actor, action: .leaseCreating, subject: .init(of: lease),
            details: ["ttl_seconds": "1800"])
        return Admission(
            request: request, lease: lease,
            limits: limits ?? quota.map { AdmissionLimits(profile: profile, quota: $0) }, idempotencyKey: key,
            events: [created, creating],
            overQuota: { refusal in
                [
                    AuditEvent(
                        at: now, actor: actor, action: .requestDenied, outcome: .denied,
                        subject: .init(request: requestID, profile: profile),
                        details: ["code": refusal.code.rawValue])
                ]
            })
    }

    /// A request that waits for people in the group `owners`.
    package static func waiting(
        uid: UInt32 = 1001, count: Int = 1, key: String? = nil, extending lease: LeaseID? = nil
    ) throws -> Admission {
        let identity = identity(uid: uid)
        let grant = try grant()
        let owners = ApprovalStep(
            name: "owner", approvers: [.group("owners")], count: count,
            escalations: [.init(after: 900, to: [.group("oncall")])])
        let request = AccessRequest.submitted(
            profile: read, requester: .init(user: identity.user, uid: uid), ttl: grant.ttl,
            reason: try Reason(parsing: "why not"), ticket: nil, rule: grant.rule,
            course: .init(
                identity: identity, grant: grant, terms: ApprovalTerms(steps: [owners]),
                extends: lease.map { .init(lease: $0, to: now.addingTimeInterval(7200)) }, now: now),
            now: now)
        let created = AuditEvent(
            at: now, actor: .person(identity), action: .requestCreated,
            subject: .init(request: request.id, profile: read), rule: grant.rule)
        return Admission(
            request: request, lease: nil, limits: nil, idempotencyKey: key, events: [created],
            overQuota: { _ in [] })
    }

    /// The lease for an approved request.
    package static func redemption(of id: RequestID, by uid: UInt32 = 1001, key: String? = nil) throws
        -> Admission
    {
        var admission = try admission(uid: uid, reason: "why not", key: key)
        guard let lease = admission.lease else { return admission }
        let request = AccessRequest(
            id: id, profile: read, requester: lease.requester, ttl: try TTL(seconds: 1800),
            reason: lease.reason, ticket: nil, createdAt: now, rule: nil, state: .approved, leaseID: nil)
        admission.lease = Lease(
            id: lease.id, requestID: id, grant: try grant(), engine: .postgresql, requester: lease.requester,
            reason: lease.reason, ticket: nil, role: lease.role, now: now,
            settleBy: now.addingTimeInterval(30))
        admission.request = request
        admission.redeemer = identity(uid: uid)
        return admission
    }

    package static func event(
        _ action: AuditEvent.Action, of lease: Lease? = nil, at: Date = now, by uid: UInt32? = nil
    ) -> AuditEvent {
        AuditEvent(
            at: at, actor: uid.map { .person(identity(uid: $0)) } ?? .broker, action: action,
            subject: lease.map { .init(of: $0) } ?? .init())
    }

    package static func claim(_ owner: String = "broker-1", until: Date = now.addingTimeInterval(60)) -> Claim
    {
        Claim(owner: owner, until: until)
    }
}

extension Store {
    /// Admits a sample lease; nil `until` leaves it in `creating`, otherwise it becomes active.
    package func admitted(_ admission: Admission, activeAt: Date? = nil) async throws -> Lease {
        guard case .admitted = try await admit(admission), let lease = admission.lease else {
            throw TestServerError.timedOut("an admission")
        }
        guard let activeAt else { return lease }
        let made = Lease.Event.made(roleOID: 16_384, validUntil: lease.expiresAt)
        let step = LeaseStep(
            lease.id, made, audit: StoreConformanceSample.event(.leaseActive, of: lease, at: activeAt))
        return try await apply([step], now: activeAt)[0].lease ?? lease
    }

    func step(_ lease: Lease, _ event: Lease.Event, at now: Date, audit: AuditEvent? = nil) async throws
        -> LeaseStepResult
    {
        try await apply([LeaseStep(lease.id, event, audit: audit)], now: now)[0]
    }
}
