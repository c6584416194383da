import MayflyCore

/// Whether what demands a second factor can be met.
///
/// People meet it with a code, which takes the section `mfa`; jobs with what their token says.
enum FactorCheck {
    private static let fix = "add `mfa: { key_file: /etc/mayfly/mfa.key }`, so that people can enrol"

    /// - Parameter access: the section of the rules, for the place of what is said.
    static func check(_ rules: [AccessRule], hasFactors: Bool, at access: Field) {
        guard !hasFactors else { return }
        for rule in rules where rule.outcome != .deny {
            let shown = "rule \(rule.name.quoted(limit: 60))"
            let demands = [rule.requires.mfa] + rule.tiers.map(\.requires.mfa)
            if demands.contains(where: { $0.map { !canBeMet($0, by: rule.who) } ?? false }) {
                access.error("\(shown) demands a second factor, and there is no way to prove one", fix: fix)
            }
            let terms = [rule.approval] + rule.tiers.map(\.approval)
            if let step = terms.compactMap({ $0?.steps.first(where: \.mfa) }).first {
                access.error(
                    "step \(step.name.quoted(limit: 60)) of \(shown) demands a second factor, and there is no way to"
                        + " prove one", fix: fix)
            }
        }
    }

    /// Tokens alone can, where some value of theirs would do.
    private static func canBeMet(_ demand: MFADemand, by who: [Principal]) -> Bool {
        guard !demand.amr.isEmpty || !demand.acr.isEmpty else { return false }
        return who.allSatisfy { principal in
            switch principal {
            case .subject, .claims: true
            case .user, .group, .uid, .anyone: false
            }
        }
    }
}
