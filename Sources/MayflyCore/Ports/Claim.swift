package import Foundation

/// Who works on a lease, and until when nobody else does.
package struct Claim: Hashable, Sendable {
    package var owner: String
    package var until: Date
    package init(owner: String, until: Date) {
        self.owner = owner
        self.until = until
    }
}
