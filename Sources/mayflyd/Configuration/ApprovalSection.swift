import MayflyCore

/// `approval: { steps: [ { name: owner, approvers: [ "group:owners" ] } ], pending_for: 24h, redeem_within: 1h }`
enum ApprovalSection {
    private static let stepKeys = ["name", "approvers", "count", "mfa", "escalate"]

    static func read(_ field: Field) -> ApprovalTerms? {
        guard let section = Section(field, keys: ["steps", "pending_for", "redeem_within"]) else {
            return nil
        }
        var names: [String: String] = [:]
        let steps = section.required("steps", fix: "steps: [ { name: owner, approvers: [ \"group:…\" ] } ]")?
            .list(of: "steps")?.compactMap { readStep($0, &names) }
        var terms = ApprovalTerms(steps: steps ?? [])
        if let pending = section.optional("pending_for")?.duration() { terms.pendingFor = pending.seconds }
        if let redeem = section.optional("redeem_within")?.duration() { terms.redeemWithin = redeem.seconds }
        for (index, step) in terms.steps.enumerated() {
            for escalation in step.escalations where escalation.after >= terms.pendingFor {
                section.optional("steps")?.note(
                    "step \(index + 1) escalates after \(HumanDuration.text(seconds: escalation.after)), when the request "
                        + "has expired",
                    fix: "pending_for is \(HumanDuration.text(seconds: terms.pendingFor))")
            }
        }
        return steps == nil ? nil : terms
    }

    private static func readStep(_ field: Field, _ names: inout [String: String]) -> ApprovalStep? {
        guard let section = Section(field, keys: stepKeys) else { return nil }
        let name = section.required("name", fix: "a name that tells people who is asked, such as owner")
            .flatMap { readName($0, &names) }
        let approvers = section.required("approvers", fix: "approvers: [ \"group:…\" ]")
            .flatMap { PrincipalList.officers.read($0) }
        let count = section.optional("count").map { $0.integer(1...20) } ?? 1
        let mfa = section.optional("mfa").map { $0.truth() } ?? false
        let escalations = section.optional("escalate").map(readEscalations) ?? []
        guard let name, let approvers, let count, let mfa else { return nil }
        return ApprovalStep(
            name: name, approvers: approvers, count: count, mfa: mfa, escalations: escalations)
    }

    private static func readName(_ field: Field, _ names: inout [String: String]) -> String? {
        guard let text = field.string("a name") else { return nil }
        guard text.unicodeScalars.count <= 60 else {
            field.error("has \(text.unicodeScalars.count) characters", fix: "at most 60")
            return nil
        }
        if let first = names.updateValue(field.path, forKey: text) {
            field.error(
                "\(field.shown(text)) is also the name of \(first.replacing(".name", with: ""))",
                fix: "give each step its own")
            return nil
        }
        return text
    }

    /// One, or a list of levels.
    private static func readEscalations(_ field: Field) -> [ApprovalStep.Escalation] {
        let items = field.kind == "a list" ? field.list(of: "escalations") ?? [] : [field]
        let levels = items.compactMap { item -> ApprovalStep.Escalation? in
            guard let section = Section(item, keys: ["after", "to"]) else { return nil }
            let after = section.required("after", fix: "such as after: 15m").flatMap { $0.duration() }
            let to = section.required("to", fix: "to: [ \"group:…\" ]").flatMap {
                PrincipalList.officers.read($0)
            }
            guard let after, let to else { return nil }
            return ApprovalStep.Escalation(after: after.seconds, to: to)
        }
        for (a, b) in zip(levels, levels.dropFirst()) where a.after >= b.after {
            field.error(
                "the levels are not in the order of their times",
                fix: "each after is later than the one before")
        }
        return levels
    }
}
