package import Foundation

/// How a role stands by the guard's register and by the catalogue.
package struct RoleStanding: Hashable, Sendable {
    package enum Standing: String, Sendable {
        /// In the register and in the catalogue.
        case live
        /// In the register, not ended, but not in the catalogue.
        case missing
        /// In the catalogue under a name like ours, but not in the register, or (with its lease) not as the register
        /// has it: renamed, or its comment changed. Reported, never touched.
        case stray
    }

    package var standing: Standing
    /// Nil for a stray.
    package var lease: LeaseID?
    /// As the catalogue or the register has it; a stray's may not parse as a `RoleName`.
    package var role: String
    package var requester: String?
    package var validUntil: Date?
    /// The server's now is past `validUntil`.
    package var isOverdue: Bool
    package var canLogIn: Bool
    /// Password or settings are not those that were issued.
    package var isAltered: Bool

    package init(
        standing: Standing, lease: LeaseID?, role: String, requester: String?, validUntil: Date?,
        isOverdue: Bool,
        canLogIn: Bool, isAltered: Bool
    ) {
        self.standing = standing
        self.lease = lease
        self.role = role
        self.requester = requester
        self.validUntil = validUntil
        self.isOverdue = isOverdue
        self.canLogIn = canLogIn
        self.isAltered = isAltered
    }
}
