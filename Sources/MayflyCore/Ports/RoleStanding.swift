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

    /// What a role owns.
    package struct Owned: Hashable, Sendable {
        /// In all databases of the server.
        package var objects: Int
        /// Of tables, in the databases of the configuration; nil where that could not be measured.
        package var bytes: Int64?

        package init(objects: Int, bytes: Int64? = nil) {
            self.objects = objects
            self.bytes = bytes
        }
    }

    package var standing: Standing
    /// Nil for a stray.
    package var lease: LeaseID?
    /// As the catalogue or the register has it; a stray's may not parse as a `RoleName`.
    package var role: String
    package var requester: String?
    package var createdAt: Date?
    package var validUntil: Date?
    /// The server's now is past `validUntil`.
    package var isOverdue: Bool
    package var canLogIn: Bool
    /// What it was issued with.
    package var groups: [String]
    /// What was done to it since.
    package var alterations: [RoleAlteration]
    /// Now; nil where an older guard does not say.
    package var sessions: Int?
    /// Somebody has logged in with it; nil where that is not known.
    package var isUsed: Bool?
    /// As everybody on the server can read it (PostgreSQL).
    package var comment: String?
    /// Only where it was asked for.
    package var owned: Owned?

    package init(
        standing: Standing, lease: LeaseID?, role: String, requester: String?, createdAt: Date? = nil,
        validUntil: Date?, isOverdue: Bool, canLogIn: Bool, groups: [String] = [],
        alterations: [RoleAlteration] = [], sessions: Int? = nil, isUsed: Bool? = nil,
        comment: String? = nil, owned: Owned? = nil
    ) {
        self.standing = standing
        self.lease = lease
        self.role = role
        self.requester = requester
        self.createdAt = createdAt
        self.validUntil = validUntil
        self.isOverdue = isOverdue
        self.canLogIn = canLogIn
        self.groups = groups
        self.alterations = alterations
        self.sessions = sessions
        self.isUsed = isUsed
        self.comment = comment
        self.owned = owned
    }

    /// The requester of roles that `mayflyd check --probe` makes: no lease is theirs, and nobody uses them.
    package static let probe = "mayflyd check --probe"

    package var isAltered: Bool { !alterations.isEmpty }
    /// It has, or is reached with, a power that no lease may have.
    package var isPowerful: Bool { alterations.contains { $0.kind == .powers } }
    /// It has one through a group that it was issued with, and that got it since.
    package var hasPowerfulGroup: Bool { alterations.contains { $0.kind == .groupPowers } }
    /// Somebody works with it, or has.
    package var isInUse: Bool { standing == .live && (isUsed == true || sessions ?? 0 > 0) }
    package var isProbe: Bool { requester == Self.probe }
}
