package import Foundation

/// A decision with all that led to it. The policy has one way to decide, this one: what is explained is what is done.
package struct Explanation: Sendable, Equatable {
    /// What became of one rule.
    package enum Verdict: Sendable, Equatable {
        case decides
        case otherPeople
        case otherProfiles
        /// Its `valid_until` is over.
        case ended(Date)
        case outsideWindows
        /// It is for break-glass, which this is not.
        case breakGlassOnly
        /// It gives no break-glass, which this asks for.
        case noBreakGlass
        /// An earlier one decided.
        case notReached
    }

    package struct Entry: Sendable, Equatable {
        package let rule: AccessRule
        package let verdict: Verdict
    }

    package let request: LeaseRequest
    package let person: Person
    /// When the access is to begin.
    package let startsAt: Date
    /// Every rule, in order.
    package let rules: [Entry]
    package let decision: Decision
    /// What the deciding rule demands of the request.
    package let demands: [Demand]
    package let flags: [RequestFlag]
    /// The TTL asked for or given by default, and the longest; nil when no rule gives any.
    package let ttl: TTL?
    package let maximum: TTL?
    /// Who would approve, also when something else is missing yet.
    package let approval: ApprovalTerms?

    /// The rule that decided; nil when none did.
    package var rule: AccessRule? { rules.first { $0.verdict == .decides }?.rule }
}

extension Explanation.Entry {
    /// Why, as a sentence for people: `is open mon–fri 08:00–18:00 (Europe/Berlin) only`.
    package var text: String {
        switch verdict {
        case .decides: "decides"
        case .otherPeople: "names other people"
        case .otherProfiles: "names other profiles"
        case .ended(let end): "ended at \(AuditEncoding.timestamp(end))"
        case .outsideWindows:
            "is open \(rule.windows.map(\.description).joined(separator: ", ")) (\(rule.zone.identifier)) only"
        case .breakGlassOnly: "is for break-glass only"
        case .noBreakGlass: "gives no break-glass"
        case .notReached: "was not reached"
        }
    }
}
