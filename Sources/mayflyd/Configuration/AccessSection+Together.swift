import MayflyCore

/// What parts of a rule mean beside each other.
extension AccessSection {
    func checkTogether(_ rule: AccessRule, _ section: Section) {
        switch rule.outcome {
        case .deny:
            refuse(Self.ofGrants, section, "means nothing beside outcome: deny")
        case .breakGlass:
            refuse(
                ["approval", "approval_on_flags", "authorities"], section,
                "means nothing for break-glass, which waits for nobody")
            if rule.tiers.contains(where: { $0.approval != nil }) {
                section.optional("tiers")?.error(
                    "demand approval, and break-glass waits for nobody", fix: "demand a reason")
            }
        case .automatic, .approval:
            refuse(["review"], section, "is for break-glass only")
            checkApproval(rule, section)
        }
        checkSteps(rule, section)
    }

    private func checkApproval(_ rule: AccessRule, _ section: Section) {
        let byTier = rule.tiers.contains { $0.approval != nil }
        if rule.outcome == .approval, section.optional("approval") == nil {
            section.field.child("approval", section.field.node).error(
                "is missing: nobody is asked",
                fix: "approval: { steps: [ { name: owner, approvers: [ \"group:…\" ] } ] }")
        }
        if !rule.flagsDemandingApproval.isEmpty, section.optional("approval") == nil {
            section.optional("approval_on_flags")?.error(
                "there are no steps to take then", fix: "add approval: { steps: […] }")
        }
        let isUsed = rule.outcome == .approval || byTier || !rule.flagsDemandingApproval.isEmpty
        if section.optional("approval") != nil, !isUsed {
            section.optional("approval")?.error(
                "nothing demands it beside outcome: automatic",
                fix: "outcome: approval, or a tier or flag that does")
        }
        if section.optional("approval") == nil, !byTier {
            refuse(["authorities"], section, "means nothing where no approval is demanded")
        }
    }

    private func refuse(_ keys: [String], _ section: Section, _ why: String) {
        for key in keys { section.optional(key)?.error(why, fix: "remove it") }
    }

    /// Steps that cannot be told apart, or cannot be met whoever is in the groups: known from this file alone.
    private func checkSteps(_ rule: AccessRule, _ section: Section) {
        let field = section.optional("approval") ?? section.optional("tiers") ?? section.field
        var names: Set<String> = []
        for step in rule.everyStep where !names.insert(step.name).inserted {
            field.error(
                "two steps of the rule are called \(field.shown(step.name))", fix: "give each its own name")
        }
        for finding in StaffingCheck(people: people).findings(for: rule) where finding.severity == .error {
            field.error(finding.message, fix: "name more people, or groups")
        }
    }
}

extension AccessRule {
    /// All steps that one request may have to take.
    var everyStep: [ApprovalStep] {
        let own = outcome == .approval || !flagsDemandingApproval.isEmpty ? approval : nil
        return tiers.compactMap(\.approval).reduce(own) { $0?.followed(by: $1) ?? $1 }?.steps ?? []
    }

    /// Break-glass is short where nothing else is said.
    static let breakGlassMaximum = TTL(clamping: 3600)
}
