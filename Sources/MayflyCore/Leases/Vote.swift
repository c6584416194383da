package import Foundation

/// What one person said to a request.
package struct Vote: Hashable, Sendable, Codable {
    package enum Verdict: String, Sendable, Codable, CaseIterable {
        case approve, deny
    }

    /// The step that it counts for, from 0.
    package let step: Int
    package let verdict: Verdict
    package let identity: Identity
    /// Who that was when it was said.
    package let person: Person
    package let reason: Reason?
    package let at: Date
    /// The approval authority that attested it; nil when they said it themselves.
    package let authority: String?
}
