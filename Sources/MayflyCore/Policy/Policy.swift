package import Foundation

/// The rules of one configuration. Pure: the same question gets the same answer.
///
/// The first rule that names the caller and the profile, and is open, decides; where none does, the answer is no. What
/// requests can race for is looked at here with the history that is given, and again by the store, in the transaction
/// that records the intent (`AdmissionLimits`), so that two requests racing for the last place never both win.
package struct Policy: Sendable {
    package let rules: [AccessRule]
    package let profiles: [ProfileName: Profile]
    package let people: People
    package let conflicts: [Conflict]
    /// No lease is longer, whatever a rule or a profile says.
    package let ceiling: TTL

    package init(
        rules: [AccessRule], profiles: [ProfileName: Profile], people: People = .init(),
        conflicts: [Conflict] = [], ceiling: TTL = .ceiling
    ) {
        self.rules = rules
        self.profiles = profiles
        self.people = people
        self.conflicts = conflicts
        self.ceiling = ceiling
    }

    package func decide(
        _ request: LeaseRequest, by identity: Identity, history: History = .init(), now: Date
    ) -> Decision {
        explain(request, by: identity, history: history, now: now).decision
    }

    /// What has to be known of the past before this is decided; nil when nothing has, as what can be raced for is
    /// looked at when the lease is recorded.
    package func historyNeeded(for request: LeaseRequest, by identity: Identity, now: Date) -> HistoryQuery? {
        guard let (rule, profile) = match(request, identity, now),
            rule.approval != nil || rule.tiers.contains(where: { $0.approval != nil })
                || rule.outcome == .breakGlass
        else { return nil }
        return wholeHistory(of: request, limits(of: rule, profile), by: identity, now: now)
    }

    /// All that an explanation can rest on.
    package func historyToExplain(_ request: LeaseRequest, by identity: Identity, now: Date) -> HistoryQuery?
    {
        guard let (rule, profile) = match(request, identity, now) else { return nil }
        return wholeHistory(of: request, limits(of: rule, profile), by: identity, now: now)
    }

    private func wholeHistory(
        of request: LeaseRequest, _ limits: AdmissionLimits, by identity: Identity, now: Date
    ) -> HistoryQuery {
        var query = limits.history(of: people.identities(of: identity), at: now)
        query.wantsRequestsInHour = true
        query.wantsEarlier = true
        query.wantsReviews = true
        return query
    }

    /// Whether a lease that was given may go on to be renewed, within what it was given: a rule still lets its holder
    /// have the profile. Quotas and facts counted when it was made.
    /// - Parameter ttl: with it the grant demands what leases so long take.
    package func renewal(
        of profile: ProfileName, isBreakGlass: Bool, ttl: TTL? = nil, by identity: Identity, now: Date
    ) -> Decision {
        let wish = LeaseRequest(
            profile: profile, ttl: nil, reason: nil, ticket: nil, isBreakGlass: isBreakGlass)
        guard let (rule, profile) = match(wish, identity, now), rule.outcome != .deny else {
            return decide(wish, by: identity, now: now)
        }
        let requires = requirements(of: rule, profile, ttl)
        return .allow(grant(wish, rule, profile, by: identity, at: now, ttl: nil, requires: requires))
    }

    /// What the caller may ask for, with the rule that would decide.
    package func offers(to identity: Identity, now: Date) -> [Offered] {
        profiles.values.sorted { $0.name < $1.name }.compactMap { profile in
            for isBreakGlass in [false, true] {
                let wish = LeaseRequest(
                    profile: profile.name, ttl: nil, reason: nil, ticket: nil, isBreakGlass: isBreakGlass)
                guard let (rule, profile) = match(wish, identity, now), rule.outcome != .deny else {
                    continue
                }
                return Offered(
                    grant: grant(
                        wish, rule, profile, by: identity, at: now, ttl: nil, requires: rule.requires),
                    outcome: rule.outcome,
                    reasonRequired: isBreakGlass || profile.reasonRequired || rule.requires.reason != nil)
            }
            return nil
        }
    }

    /// A profile that somebody may ask for.
    package struct Offered: Sendable, Equatable {
        package let grant: Grant
        package let outcome: AccessRule.Outcome
        package let reasonRequired: Bool
    }
}

// MARK: - Which rule, and what it gives

extension Policy {
    /// What became of each rule.
    /// - Parameter now: when the access is to begin.
    func verdicts(_ request: LeaseRequest, _ identity: Identity, _ now: Date) -> [Explanation.Entry] {
        // A profile that does not exist and one that is not for the caller get the same answer.
        let isKnown = profiles[request.profile].map { !$0.retired } ?? false
        var isDecided = false
        return rules.map { rule in
            guard !isDecided else { return Explanation.Entry(rule: rule, verdict: .notReached) }
            let verdict = Self.verdict(of: rule, request, isKnown, identity, now)
            isDecided = verdict == .decides
            return Explanation.Entry(rule: rule, verdict: verdict)
        }
    }

    private func match(_ request: LeaseRequest, _ identity: Identity, _ now: Date) -> (AccessRule, Profile)? {
        guard let profile = profiles[request.profile], !profile.retired else { return nil }
        let at = Self.start(of: request, now)
        return rules.first { Self.verdict(of: $0, request, true, identity, at) == .decides }.map {
            ($0, profile)
        }
    }

    static func start(of request: LeaseRequest, _ now: Date) -> Date { max(now, request.startAt ?? now) }

    private static func verdict(
        of rule: AccessRule, _ request: LeaseRequest, _ isKnown: Bool, _ identity: Identity, _ now: Date
    ) -> Explanation.Verdict {
        guard rule.names(identity) else { return .otherPeople }
        guard isKnown, rule.names(request.profile) else { return .otherProfiles }
        if let end = rule.validUntil, end.timeIntervalSince(now) < 1 { return .ended(end) }
        guard rule.isOpen(at: now) else { return .outsideWindows }
        switch rule.outcome {
        case .deny: return .decides
        case .breakGlass: return request.isBreakGlass ? .decides : .breakGlassOnly
        case .automatic, .approval: return request.isBreakGlass ? .noBreakGlass : .decides
        }
    }

    func limits(of rule: AccessRule, _ profile: Profile) -> AdmissionLimits {
        AdmissionLimits(
            profile: profile.name,
            quota: profile.maxActive.lowered(perPerson: rule.limits.perPerson, total: rule.limits.total),
            rule: rule.name, requestsPerHour: rule.limits.requestsPerHour,
            conflicts: conflicts.filter { $0.profiles.contains(profile.name) })
    }

    /// - Parameter at: when the access begins; `valid_until` cuts what reaches beyond it.
    func maximumTTL(of profile: Profile, under rule: AccessRule, at: Date) -> TTL {
        let maximum = min(profile.ttl.max, rule.limits.maxTTL ?? profile.ttl.max, ceiling)
        guard let end = rule.validUntil else { return maximum }
        return min(maximum, TTL(clamping: Int(end.timeIntervalSince(at).rounded(.down))))
    }

    func grant(
        _ request: LeaseRequest, _ rule: AccessRule, _ profile: Profile, by identity: Identity, at: Date,
        ttl: TTL?,
        requires: Requirements
    ) -> Grant {
        let maximum = maximumTTL(of: profile, under: rule, at: at)
        return Grant(
            profile: profile, rule: rule.name, ttl: ttl ?? min(profile.ttl.default, maximum),
            maximum: maximum,
            person: people.person(of: identity), identities: people.identities(of: identity),
            endsBy: rule.validUntil, limits: limits(of: rule, profile),
            isBreakGlass: request.isBreakGlass, review: rule.outcome == .breakGlass ? rule.review : nil,
            demandsMFA: requires.mfa)
    }
}
