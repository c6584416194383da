import Foundation
import MayflyAPI
import MayflyCore

extension AccessReviewPack {
    init(
        _ definition: DatabaseDefinition, _ configuration: Configuration, _ period: ReportPeriod,
        _ leases: [ReportedLease], _ findings: [MayflyCore.Finding], findingsKnown: Bool
    ) {
        let profiles = configuration.profiles(of: definition.name).filter { !$0.retired }
        let rules = configuration.access.filter { rule in profiles.contains { rule.names($0.name) } }
        self.init(
            installation: configuration.installation.name, database: definition.name.rawValue,
            engine: EngineName(definition.engine), mode: BrokerMode(definition.mode), from: period.from,
            to: period.to, rules: rules.map { RuleInForce($0) },
            profiles: profiles.map { profile in
                ReviewedProfile(
                    profile, on: definition.engine, rules: rules.filter { $0.names(profile.name) },
                    leases: leases.count { $0.lease.profile == profile.name })
            },
            held: leases.filter(\.isHeld).map { AccessEntry($0, isFrozen: true) },
            leases: leases.map { AccessEntry($0, isFrozen: true) },
            findings: Self.still(findings).compactMap { MayflyAPI.Finding($0) },
            findingsKnown: findingsKnown)
    }

    /// Without what is another at each look: what was looked at could else hardly be signed.
    private static func still(_ findings: [MayflyCore.Finding]) -> [MayflyCore.Finding] {
        findings.filter { $0.check != "clock" }.map { finding in
            var finding = finding
            finding.message = finding.message.replacing(/, with \d+ sessions/, with: "")
            return finding
        }
    }
}

extension RuleInForce {
    init(_ rule: AccessRule) {
        self.init(
            name: rule.name, outcome: RuleOutcome(rule.outcome), who: rule.who.map(\.description),
            profiles: rule.profiles.map(\.description), maximumSeconds: rule.limits.maxTTL?.seconds,
            approval: rule.approval?.steps.map(\.line) ?? [],
            windows: rule.windows.map { "\($0) \(rule.zone.identifier)" }, validUntil: rule.validUntil,
            reviewers: rule.outcome == .breakGlass ? rule.review.reviewers.map(\.description) : [])
    }
}

extension ApprovalStep {
    /// `owner: 2 of user:games, group:dba with a second factor; after 900 s also user:lp`
    fileprivate var line: String {
        let escalations = inOrder.map { step in
            "; after \(step.after) s also \(step.to.map(\.description).joined(separator: ", "))"
        }
        return "\(name): \(count) of \(approvers.map(\.description).joined(separator: ", "))"
            + (mfa ? " with a second factor" : "") + escalations.joined()
    }
}

extension ReviewedProfile {
    init(_ profile: Profile, on engine: EngineKind, rules: [AccessRule], leases: Int) {
        self.init(
            name: profile.name.rawValue, description: profile.description, memberOf: profile.memberOf,
            grants: (profile.scope?.lines(for: engine) ?? []) + profile.groupStatements,
            defaultSeconds: profile.ttl.default.seconds, maximumSeconds: profile.ttl.max.seconds,
            rules: rules.map(\.name), leases: leases)
    }
}
