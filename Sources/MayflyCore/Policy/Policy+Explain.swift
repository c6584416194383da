package import Foundation

extension Policy {
    /// Decides, and says why.
    /// - Parameter begun: when the lease began that the request extends; its TTL counts from there. Nil for a new one.
    package func explain(
        _ request: LeaseRequest, by identity: Identity, history: History = .init(), now: Date,
        begun: Date? = nil
    ) -> Explanation {
        let at = Self.start(of: request, now)
        let rules = verdicts(request, identity, at)
        let person = people.person(of: identity)
        guard let rule = rules.first(where: { $0.verdict == .decides })?.rule,
            let profile = profiles[request.profile], rule.outcome != .deny
        else {
            return Explanation(
                request: request, person: person, startsAt: at, rules: rules,
                decision: .deny(unlet(request, identity, rules)), demands: [], flags: [], ttl: nil,
                maximum: nil,
                approval: nil)
        }
        let maximum = maximumTTL(of: profile, under: rule, at: begun ?? at)
        let ttl = request.ttl ?? min(profile.ttl.default, maximum)
        let tiers = rule.tiers.filter { ttl > $0.above }
        let requires = requirements(of: rule, profile, ttl)
        let demands = requires.demands(request, by: identity, now: now, source: "rule \(rule.name.quoted())")
        let flags = RequestFlag.raised(ttl: ttl, history: history, now: now, zone: rule.zone)
        var grant = grant(
            request, rule, profile, by: identity, at: begun ?? at, ttl: ttl, requires: requires)
        grant.maximum = renewable(to: maximum, ttl, rule, request, by: identity, now)
        let approval = terms(of: rule, tiers, flags)
        let refusal =
            stopped(profile, identity, history, now)
            ?? (begun != nil && approval != nil ? nil : tooLong(grant, rule)) ?? tooFar(request, now)
            ?? tooMuch(request.narrowing, profile)
            ?? demands.lazy.compactMap(\.refusal).first
            ?? suspended(rule, history)
            ?? grant.limits.refusal(history, now: now, lease: approval == nil)
        return Explanation(
            request: request, person: person, startsAt: at, rules: rules,
            decision: decision(rule, grant, approval, refusal), demands: demands, flags: flags, ttl: ttl,
            maximum: maximum, approval: approval)
    }

    /// A narrowed request is for a part of what the profile gives. Where that is written down it is held against it here, and
    /// in any case by the server.
    func tooMuch(_ narrowing: Narrowing?, _ profile: Profile) -> Refusal? {
        guard let narrowing else { return nil }
        guard profile.create == nil, profile.creationStatements.isEmpty else {
            return Refusal(
                .invalidRequest,
                "\(profile.name) gives what cannot be narrowed: an owner's rights, or statements",
                field: "tables", hint: "ask for all that the profile gives")
        }
        guard let scope = profile.scope, profile.groupStatements.isEmpty,
            let excluded = scope.excluded(of: narrowing)
        else { return nil }
        return Refusal(
            .denied, "\(excluded.quoted()) is no part of what \(profile.name) gives", field: "tables",
            hint: "ask for tables and columns of the profile, or for all that it gives")
    }

    /// How long a lease may live by being renewed alone: not into a tier that demands what its request did not take or
    /// bring. That is for an extension.
    private func renewable(
        to maximum: TTL, _ ttl: TTL, _ rule: AccessRule, _ request: LeaseRequest, by identity: Identity,
        _ now: Date
    ) -> TTL {
        rule.tiers.filter { tier in
            let demands = tier.requires.demands(request, by: identity, now: now, source: "")
            return ttl <= tier.above && (tier.approval != nil || demands.contains { !$0.isMet })
        }.map(\.above).reduce(maximum, min)
    }

    private func decision(
        _ rule: AccessRule, _ grant: Grant, _ approval: ApprovalTerms?, _ refusal: Refusal?
    ) -> Decision {
        if let refusal { return .deny(refusal) }
        guard let approval else { return .allow(grant) }
        guard !approval.steps.isEmpty else {
            // The configuration refuses such a rule; nobody can have approved.
            return .deny(
                Refusal(
                    .denied, "rule \(rule.name.quoted()) demands approval, and names nobody", field: "profile"
                ))
        }
        return .approval(grant, approval)
    }

    /// What a lease of that length demands; the tiers left out without one.
    func requirements(of rule: AccessRule, _ profile: Profile, _ ttl: TTL?) -> Requirements {
        let needsReason = profile.reasonRequired || rule.outcome == .breakGlass
        let tiers = rule.tiers.filter { tier in ttl.map { $0 > tier.above } ?? false }
        return tiers.reduce(rule.requires.and(Requirements(reason: needsReason ? .init() : nil))) {
            $0.and($1.requires)
        }
    }

    /// Who has to approve; nil when nobody has.
    private func terms(
        of rule: AccessRule, _ tiers: [AccessRule.Tier], _ flags: [RequestFlag]
    ) -> ApprovalTerms? {
        let demanding: Bool
        switch rule.outcome {
        case .approval: demanding = true
        case .automatic: demanding = flags.contains { rule.flagsDemandingApproval.contains($0.kind) }
        case .breakGlass, .deny: return nil
        }
        let own = demanding ? rule.approval ?? ApprovalTerms(steps: []) : nil
        guard var terms = tiers.compactMap(\.approval).reduce(own, { $0?.followed(by: $1) ?? $1 }) else {
            return nil
        }
        terms.authorities = rule.authorities
        return terms
    }

    // MARK: - Refusals

    /// No rule lets the caller ask, or one says no.
    private func unlet(
        _ request: LeaseRequest, _ identity: Identity, _ rules: [Explanation.Entry]
    ) -> Refusal {
        if let rule = rules.first(where: { $0.verdict == .decides })?.rule {
            return Refusal(
                .denied, "rule \(rule.name.quoted()) denies \(request.profile.rawValue.quoted())",
                field: "profile",
                hint: "`mayfly explain \(request.profile)` says more")
        }
        // Who is named by a rule that is closed just now, may know when it opens.
        let closed = rules.first { entry in
            switch entry.verdict {
            case .ended, .outsideWindows, .breakGlassOnly, .noBreakGlass: true
            case .decides, .otherPeople, .otherProfiles, .notReached: false
            }
        }
        var message = "no access rule lets \(identity.token?.subject ?? identity.user) ask for "
        message += request.profile.rawValue.quoted()
        if let closed { message += "; rule \(closed.rule.name.quoted()) \(closed.text)" }
        return Refusal(
            .denied, message, field: "profile", hint: "`mayfly profiles` lists what you may ask for")
    }

    /// A lockdown comes before everything that the rule would say.
    private func stopped(_ profile: Profile, _ identity: Identity, _ history: History, _ now: Date)
        -> Refusal?
    {
        guard !history.lockdowns.isEmpty else { return nil }
        let subject = Lockdown.Subject(
            database: profile.database, profile: profile.name,
            requester: .init(identity, person: people.person(of: identity)),
            people: people.everybody(behind: identity))
        return history.lockdowns.stopping(subject)?.refusal(now: now)
    }

    private func tooLong(_ grant: Grant, _ rule: AccessRule) -> Refusal? {
        guard grant.ttl > grant.maximum else { return nil }
        return Refusal(
            .ttlAboveMaximum,
            "ttl \(grant.ttl) is above \(grant.maximum), the maximum for \(grant.profile.name) by rule "
                + rule.name.quoted(),
            field: "ttl_seconds", hint: "ask for \(grant.maximum) or less",
            figures: ["maximum_ttl_seconds": grant.maximum.seconds])
    }

    private func tooFar(_ request: LeaseRequest, _ now: Date) -> Refusal? {
        if request.isBreakGlass, let start = request.startAt, start > now {
            return Refusal(
                .invalidRequest, "break-glass begins at once", field: "start_at",
                hint: "what can wait can be approved")
        }
        guard let start = request.startAt, start.timeIntervalSince(now) > TimeInterval(TTL.ceiling.seconds)
        else {
            return nil
        }
        return Refusal(
            .invalidRequest, "start is more than 30 days away", field: "start_at", hint: "ask again later")
    }

    private func suspended(_ rule: AccessRule, _ history: History) -> Refusal? {
        rule.outcome == .breakGlass ? rule.review.suspension(history) : nil
    }
}
