package import MayflyCore

/// What a case is to be answered with, as far as it says.
package struct PolicyExpectation: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        case allow
        case breakGlass = "break_glass"
        case approval
        case deny
    }

    package var outcome: Outcome
    package var rule: String?
    package var code: String?
    package var ttl: TTL?
    package var maximum: TTL?
    package var steps: [String]?

    func mismatches(with explanation: Explanation) -> [String] {
        var found: [String] = []
        func compare(_ what: String, _ wanted: String?, _ given: String?) {
            guard let wanted, wanted != given else { return }
            found.append("\(what): expected \(wanted), is \(given ?? "nothing")")
        }
        let refusal: Refusal?
        let outcome: Outcome
        switch explanation.decision {
        case .allow(let grant): (outcome, refusal) = (grant.isBreakGlass ? .breakGlass : .allow, nil)
        case .approval: (outcome, refusal) = (.approval, nil)
        case .deny(let why): (outcome, refusal) = (.deny, why)
        }
        if self.outcome != outcome {
            found.append(
                "expected \(self.outcome.rawValue), is \(outcome.rawValue)"
                    + (refusal.map { ": \($0.message)" } ?? ""))
        }
        compare("rule", rule, explanation.rule?.name)
        compare("code", code, refusal?.code.rawValue)
        compare("ttl", ttl?.description, explanation.ttl?.description)
        compare("max_ttl", maximum?.description, explanation.maximum?.description)
        compare(
            "steps", steps?.joined(separator: ", "),
            explanation.approval?.steps.map(\.name).joined(separator: ", "))
        return found
    }
}
