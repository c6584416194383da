package import Foundation
package import MayflyCore

/// One case of a policy test.
package struct PolicyTestCase: Sendable {
    package let name: String
    package let line: Int
    package let identity: Identity
    package let request: LeaseRequest
    package let now: Date
    package let history: History
    package let expectation: PolicyExpectation

    /// What was said instead; empty when all is as expected.
    package func mismatches(with policy: Policy) -> [String] {
        expectation.mismatches(with: policy.explain(request, by: identity, history: history, now: now))
    }
}
