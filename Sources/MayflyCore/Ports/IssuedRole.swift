package import Foundation

/// A role that the server has made.
package struct IssuedRole: Hashable, Sendable {
    package var oid: UInt32?
    /// By the server's clock.
    package var validUntil: Date
    package init(oid: UInt32?, validUntil: Date) {
        self.oid = oid
        self.validUntil = validUntil
    }
}
