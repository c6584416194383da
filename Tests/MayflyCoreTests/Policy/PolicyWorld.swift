import Foundation
import MayflyCore

/// A policy with something of everything, and people to ask it.
struct PolicyWorld {
    static let monday = AccessWindowTests.at("2026-03-02T10:00:00Z")
    static let night = AccessWindowTests.at("2026-03-02T23:30:00Z")

    static let alice = Identity(uid: 1001, user: "alice", groups: ["developers"], pid: 1)
    static let oncall = Identity(uid: 1002, user: "bob", groups: ["on-call"], pid: 2)
    static let contractor = Identity(uid: 1003, user: "carol", groups: ["contractors"], pid: 3)
    static let banned = Identity(uid: 1004, user: "mallory", groups: ["developers", "banned"], pid: 4)
    static let outsider = Identity(uid: 1005, user: "oscar", groups: [], pid: 5)

    static func job(ref: String) -> Identity {
        Identity(
            uid: 1006, user: "runner", groups: ["developers"], pid: 6,
            token: TokenIdentity(
                issuer: "github", subject: "repo:acme/orders:ref:\(ref)",
                claims: ["repository": .string("acme/orders"), "ref": .string(ref)], expiresAt: .distantFuture
            ))
    }

    static let read = ProfileName(unchecked: "orders-read")
    static let write = ProfileName(unchecked: "orders-write")
    static let audit = ProfileName(unchecked: "audit-read")

    static func hours(_ hours: Int) -> TTL { TTL(clamping: hours * 3600) }

    static func profile(_ name: ProfileName) -> Profile {
        Profile(
            name: name, database: DatabaseName(unchecked: "orders"),
            ttl: .init(default: hours(1), max: hours(24 * 20)),
            memberOf: ["r"], maxActive: Quota(perPerson: 3, total: 10))
    }

    static let owners = ApprovalTerms(steps: [ApprovalStep(name: "owner", approvers: [.group("owners")])])
    static let security = ApprovalTerms(
        steps: [ApprovalStep(name: "security", approvers: [.group("security")], count: 2)], pendingFor: 3600)

    static func policy(
        _ conflicts: [Conflict] = [], people: People = .init(), ceiling: TTL = .ceiling
    ) throws -> Policy {
        Policy(
            rules: try rules(),
            profiles: Dictionary(uniqueKeysWithValues: [read, write, audit].map { ($0, profile($0)) }),
            people: people, conflicts: conflicts, ceiling: ceiling)
    }

    private static func rules() throws -> [AccessRule] {
        let ticket = Requirements(ticket: .init(patterns: [try Pattern(parsing: "OPS-\\d+")]))
        let workdays = AccessWindow(days: [.mon, .tue, .wed, .thu, .fri], from: 8 * 60, to: 18 * 60)
        return [
            AccessRule(name: "banned", who: [.group("banned")], profiles: ["*"], outcome: .deny),
            AccessRule(
                name: "main branch",
                who: [
                    .claims(
                        issuer: "github", ["repository": .text("acme/*"), "ref": .text("refs/heads/main")])
                ],
                profiles: ["orders-read"], limits: .init(maxTTL: hours(1), perPerson: 1)),
            AccessRule(
                name: "office hours", who: [.group("developers")], profiles: ["orders-*"],
                limits: .init(maxTTL: hours(8 * 24), requestsPerHour: 4), windows: [workdays],
                tiers: [
                    .init(
                        above: hours(24), requires: .init(reason: .init(minimumLength: 10)), approval: owners),
                    .init(above: hours(24 * 7), requires: ticket, approval: security),
                ]),
            AccessRule(
                name: "any time", who: [.group("developers")], profiles: ["orders-read"], outcome: .approval,
                requires: ticket, approval: owners, authorities: ["chatbot"]),
            AccessRule(
                name: "emergency", who: [.group("on-call")], profiles: ["orders-write"], outcome: .breakGlass,
                limits: .init(maxTTL: hours(1)), review: .init(dueWithin: 3600, suspends: true)),
            AccessRule(
                name: "on-call", who: [.group("on-call")], profiles: ["*"],
                requires: .init(mfa: MFADemand(maxAge: 300))),
            AccessRule(
                name: "contractors", who: [.group("contractors")], profiles: ["*-read"],
                validUntil: AccessWindowTests.at("2026-03-02T22:00:00Z"), approval: security,
                flagsDemandingApproval: [.burst, .longerThanUsual]),
        ]
    }

    static func wish(
        _ profile: ProfileName, _ ttl: TTL? = nil, _ reason: String? = nil, _ ticket: String? = nil,
        startAt: Date? = nil, breakGlass: Bool = false
    ) -> LeaseRequest {
        LeaseRequest(
            profile: profile, ttl: ttl, reason: reason.flatMap { Reason(rawValue: $0) },
            ticket: ticket.flatMap { Ticket(rawValue: $0) }, startAt: startAt, isBreakGlass: breakGlass)
    }

    /// `allow RULE TTL/MAXIMUM`, `approval RULE STEPS` or `deny CODE`.
    static func text(_ decision: Decision) -> String {
        switch decision {
        case .allow(let grant):
            "\(grant.isBreakGlass ? "break-glass" : "allow") \(grant.rule) \(grant.ttl)/\(grant.maximum)"
        case .approval(let grant, let terms):
            "approval \(grant.rule) \(terms.steps.map(\.name).joined(separator: ","))"
        case .deny(let refusal): "deny \(refusal.code.rawValue)"
        }
    }
}

extension Identity {
    func with(mfa at: Date) -> Identity {
        var identity = self
        identity.mfa = MFAProof(at: at)
        return identity
    }
}
