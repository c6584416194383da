package import Foundation

/// What was decided before, looked at with what is in force.
///
/// A request keeps the steps that decided it. Beyond that, edits of the configuration take away and never give: who has
/// left the group that the rule names gets nothing more, and nothing outlives a ceiling or an end that came since.
extension Policy {
    /// What an approved request gives by now: what people approved, or less.
    /// - Parameter identity: who redeems it, as they are now.
    package func redemption(of request: AccessRequest, by identity: Identity, now: Date) -> Decision {
        guard let course = request.course, let approved = request.ttl,
            let profile = profiles[request.profile],
            !profile.retired
        else {
            return .deny(Refusal(.notFound, "\(request.profile) is no longer configured", field: "id"))
        }
        guard !denies(request, by: identity, at: now) else {
            return .deny(Self.deniedByNow(request, identity))
        }
        // A profile that got an owner's rights since cannot give a part only. A living lease does not get them.
        if course.extends == nil, let refusal = tooMuch(request.narrowing, profile) { return .deny(refusal) }
        guard let rule = rule(of: request, for: identity, now) else {
            return .deny(
                Refusal(
                    .denied, "no access rule lets \(identity.user) have \(request.profile) by now",
                    field: "id",
                    hint: "`mayfly explain \(request.profile)` says more"))
        }
        let end = [course.endsBy, rule.validUntil].compactMap { $0 }.min()
        let left = end.map { Int($0.timeIntervalSince(now).rounded(.down)) } ?? approved.seconds
        guard left >= 1 else {
            return .deny(
                Refusal(
                    .denied, "rule \(rule.name.quoted()) has ended", field: "id",
                    hint: "ask again: `mayfly explain \(request.profile)`"))
        }
        let most = min(maximumTTL(of: profile, under: rule, at: now), TTL(clamping: end == nil ? .max : left))
        let ttl = min(approved, most)
        // What was proved for it then, and what is demanded by now.
        let demanded = Requirements(mfa: course.demandsMFA).and(requirements(of: rule, profile, ttl)).mfa
        return .allow(
            Grant(
                profile: profile, rule: request.rule ?? rule.name, ttl: ttl,
                maximum: min(course.maximum, most), person: people.person(of: identity),
                identities: people.identities(of: identity), endsBy: end,
                limits: course.limits.and(limits(of: rule, profile)), demandsMFA: demanded))
    }

    /// Whether the request's rule was turned to deny, or another that denies comes before it by now.
    /// - Parameter identity: nil for whoever asked, as they were then.
    package func denies(_ request: AccessRequest, by identity: Identity? = nil, at now: Date) -> Bool {
        guard let course = request.course, !request.state.isFinal else { return false }
        if rules.first(where: { $0.name == request.rule })?.outcome == .deny { return true }
        let wish = LeaseRequest(
            profile: request.profile, ttl: request.ttl, reason: request.reason, ticket: request.ticket,
            startAt: course.startAt)
        return explain(wish, by: identity ?? course.identity, now: now).rule?.outcome == .deny
    }

    static func deniedByNow(_ request: AccessRequest, _ identity: Identity) -> Refusal {
        Refusal(
            .denied, "the access rules deny \(request.profile) to \(identity.user) by now", field: "id")
    }

    /// The rule that decided, as it stands now; or, where none has that name any more, another that lets its requester
    /// have the profile.
    private func rule(of request: AccessRequest, for identity: Identity, _ now: Date) -> AccessRule? {
        func lets(_ rule: AccessRule) -> Bool { rule.names(identity) && rule.names(request.profile) }
        if let own = rules.first(where: { $0.name == request.rule }) { return lets(own) ? own : nil }
        return rules.first { rule in
            switch rule.outcome {
            case .automatic, .approval: lets(rule) && (rule.validUntil ?? .distantFuture) > now
            case .breakGlass, .deny: false
            }
        }
    }

    /// The steps by which the request would be approved now: those of its rule; or, where none has that name any more, of
    /// all rules for the profile.
    package func terms(of request: AccessRequest) -> ApprovalTerms {
        let own = rules.filter { $0.name == request.rule }
        let deciding = own.isEmpty ? rules.filter { $0.names(request.profile) && $0.outcome != .deny } : own
        return ApprovalTerms(steps: deciding.flatMap(\.everyTerms).flatMap(\.steps))
    }

    /// No lease goes on beyond that, whatever it was given.
    /// - Parameter rule: the name of the rule under which it was given.
    package func latestEnd(of lease: Lease, rule: String?) -> Date {
        let byCeiling = lease.createdAt.addingTimeInterval(TimeInterval(ceiling.seconds))
        guard let end = rules.first(where: { $0.name == rule })?.validUntil else { return byCeiling }
        return min(byCeiling, end)
    }

    /// Decides on more time for a lease that began at `begun`, and would live `request.ttl` from then on. More than its
    /// rule gives at once is for the people of the rule to give, not for the policy to refuse.
    package func decideExtension(
        _ request: LeaseRequest, begun: Date, by identity: Identity, history: History, now: Date
    ) -> Decision {
        explain(request, by: identity, history: history, now: now, begun: begun).decision
    }
}

extension AccessRule {
    /// Its own and those of its tiers.
    fileprivate var everyTerms: [ApprovalTerms] {
        [approval].compactMap { $0 } + tiers.compactMap(\.approval)
    }
}
