import Foundation
import MayflyAPI

/// What would be decided, for people.
struct ExplanationText {
    let explanation: Explanation
    var time = LocalTime()

    init(_ explanation: Explanation) { self.explanation = explanation }

    var lines: [String] {
        summary.lines + section("rules", rules) + section("demands", demands) + section("approval", steps)
            + section("review", review) + section("unusual", flags) + preview
    }

    private var summary: Fields {
        var fields = Fields()
        fields.add("decision", decision)
        fields.add("why", explanation.detail)
        fields.add("hint", explanation.hint)
        fields.add("rule", explanation.rule)
        fields.add("profile", explanation.profile)
        fields.add("only", NarrowingText.text(explanation.tables, explanation.columns))
        let isOther = explanation.person != explanation.requester && !explanation.person.hasPrefix("uid:")
        fields.add("requester", explanation.requester + (isOther ? " (\(explanation.person))" : ""))
        fields.add("begins", time.text(explanation.at))
        fields.add("ttl", ttl)
        fields.add("ends by", explanation.endsBy.map(time.text))
        return fields
    }

    private var decision: String {
        switch explanation.decision {
        case .allow:
            explanation.breakGlass
                ? "given at once, as break-glass, and reviewed afterwards" : "given at once"
        case .needsApproval: "given when people have approved"
        case .deny: "not given"
        default: explanation.decision.rawValue
        }
    }

    private var ttl: String? {
        guard let ttl = explanation.ttlSeconds, let maximum = explanation.ttlMaximumSeconds else {
            return nil
        }
        return "\(HumanTime.duration(seconds: ttl)), at most \(HumanTime.duration(seconds: maximum))"
    }

    private var rules: [String] {
        explanation.rules.map { rule in
            let name = rule.name.map { "\"\($0)\"" } ?? "(about others)"
            return "\(rule.decides ? "▶" : " ") \(rule.number). \(name) \(rule.why)"
        }
    }

    private var demands: [String] {
        explanation.demands.map { "\($0.met ? "✓" : "✗") \($0.text)" + ($0.kind == "mfa" ? factor : "") }
    }

    /// A code comes with the call, so that the demand is never met here: whether there can be one is what helps.
    private var factor: String {
        switch explanation.mfa {
        case MFAState.active?: " (a code with --code: there is a second factor)"
        case MFAState.pending?: " (the second factor is not confirmed: 'mayfly mfa confirm')"
        case MFAState.absent?: " (there is no second factor: 'mayfly mfa enroll')"
        default: ""
        }
    }

    private var steps: [String] {
        var lines = explanation.steps.enumerated().flatMap { index, step in
            let people = step.approvers.joined(separator: ", ")
            let first =
                "\(index + 1). \(step.name): \(step.count) of \(people)"
                + (step.mfa ? ", with a second factor" : "")
            return [first]
                + step.escalations.map {
                    "   after \(HumanTime.duration(seconds: $0.afterSeconds)) also \($0.to.joined(separator: ", "))"
                }
        }
        if !lines.isEmpty, let pending = explanation.pendingForSeconds,
            let redeem = explanation.redeemWithinSeconds
        {
            lines.append(
                "waits at most \(HumanTime.duration(seconds: pending)); once approved it is redeemed within "
                    + HumanTime.duration(seconds: redeem))
        }
        return lines
    }

    private var review: [String] {
        guard let seconds = explanation.reviewWithinSeconds else { return [] }
        let reviewers = explanation.reviewers ?? []
        let who = reviewers.isEmpty ? "auditors and administrators" : reviewers.joined(separator: ", ")
        return ["by \(who), within \(HumanTime.duration(seconds: seconds)) of the issue"]
    }

    private var flags: [String] {
        explanation.flags.map { flag in
            let figures = flag.figures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return "\(flag.kind) (\(figures.joined(separator: ", ")))"
        }
    }

    private var preview: [String] {
        guard let preview = explanation.preview else { return [] }
        if let why = preview.unknown {
            return section("in the server", ["not known: \(why)"])
        }
        return section("statements", preview.statements.map { "\($0);" }) + ["privileges"]
            + PrivilegeText.lines(preview.privileges)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [title] + lines.map { "  " + Escaping.printable($0) }
    }
}
