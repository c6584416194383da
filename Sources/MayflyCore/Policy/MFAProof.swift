package import Foundation

/// A second factor that was checked for this call, before the policy is asked.
package struct MFAProof: Hashable, Sendable, Codable {
    package let at: Date

    package init(at: Date) { self.at = at }
}
