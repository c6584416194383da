package import Foundation

/// A role that the server has made.
package struct IssuedRole: Hashable, Sendable {
    package var oid: UInt32?
    /// By the server's clock.
    package var validUntil: Date
    /// What it is a member of instead of the order's groups, where that was narrowed.
    package var narrowedGroup: String?
    package init(oid: UInt32?, validUntil: Date, narrowedGroup: String? = nil) {
        self.oid = oid
        self.narrowedGroup = narrowedGroup
        self.validUntil = validUntil
    }
}
