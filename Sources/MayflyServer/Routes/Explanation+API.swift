import MayflyAPI
import MayflyCore

extension MayflyAPI.Explanation {
    /// - Parameter isAuditor: the caller may know the names of rules that are about others.
    init(_ explanation: MayflyCore.Explanation, of identity: Identity, isAuditor: Bool, mfa: MFAState?) {
        let refusal: Refusal?
        let decision: MayflyAPI.Decision
        switch explanation.decision {
        case .allow: (decision, refusal) = (.allow, nil)
        case .approval: (decision, refusal) = (.needsApproval, nil)
        case .deny(let why): (decision, refusal) = (.deny, why)
        }
        let review = explanation.request.isBreakGlass ? explanation.rule?.review : nil
        self.init(
            profile: explanation.request.profile.rawValue,
            requester: identity.token?.subject ?? identity.user,
            person: explanation.person.rawValue, at: explanation.startsAt, decision: decision,
            breakGlass: explanation.request.isBreakGlass,
            tables: explanation.request.narrowing?.wholeTables,
            columns: explanation.request.narrowing?.singleColumns, rule: explanation.rule?.name,
            code: refusal?.code.rawValue, detail: refusal?.message, hint: refusal?.hint,
            ttlSeconds: explanation.ttl?.seconds, ttlMaximumSeconds: explanation.maximum?.seconds,
            endsBy: explanation.rule?.validUntil,
            rules: explanation.rules.enumerated().map {
                ExplainedRule($1, number: $0 + 1, of: identity, isAuditor: isAuditor)
            },
            demands: explanation.demands.map {
                ExplainedDemand(kind: $0.kind.rawValue, text: $0.text, met: $0.isMet)
            },
            steps: explanation.approval?.steps.map { ExplainedStep($0) } ?? [],
            pendingForSeconds: explanation.approval?.pendingFor,
            redeemWithinSeconds: explanation.approval?.redeemWithin,
            reviewers: review?.reviewers.map(\.description), reviewWithinSeconds: review?.dueWithin,
            flags: explanation.flags.map {
                MayflyAPI.RequestFlag(kind: $0.kind.rawValue, figures: $0.figures)
            }, mfa: mfa)
    }
}

extension ExplainedRule {
    /// What is about others only has a number: the names of rules tell who may have what.
    init(_ entry: MayflyCore.Explanation.Entry, number: Int, of identity: Identity, isAuditor: Bool) {
        let mayKnow = isAuditor || entry.rule.names(identity)
        self.init(
            number: number, name: mayKnow ? entry.rule.name : nil, decides: entry.verdict == .decides,
            why: entry.text)
    }
}

extension ExplainedStep {
    init(_ step: ApprovalStep) {
        self.init(
            name: step.name, approvers: step.approvers.map(\.description), count: step.count, mfa: step.mfa,
            escalations: step.escalations.map {
                ExplainedEscalation(afterSeconds: $0.after, to: $0.to.map(\.description))
            })
    }
}
