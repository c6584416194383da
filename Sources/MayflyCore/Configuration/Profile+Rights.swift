extension Profile {
    /// What happens when a group role is found to differ from the profile's scope.
    package enum DriftReaction: String, Sendable, Codable, CaseIterable {
        /// It is recorded and shown.
        case warn
        /// Besides, nothing is issued from the profile until it is in step again.
        case stop
    }

    /// What a change of the profile's scope does to living leases.
    package enum ChangeEffect: String, Sendable, Codable, CaseIterable {
        /// They go on, with what the group role then gives.
        case keep
        /// They are ended.
        case revoke
    }

    /// What becomes of objects that a login role owns when its lease ends.
    package enum OwnedObjects: Hashable, Sendable, Codable {
        /// They stay with the role, which stays locked.
        case keepLocked
        /// Those that are plainly safe go to this role; with others the role stays locked.
        case reassign(to: String)

        /// Who takes objects over.
        package var taker: String? {
            switch self {
            case .keepLocked: nil
            case .reassign(let taker): taker
            }
        }
    }

    /// Objects made in a session belong to `owner` (PostgreSQL, `ALTER ROLE … SET role`).
    package struct CreateRights: Hashable, Sendable, Codable {
        package var owner: String
        /// The owner may own data that exists: a session can use all of the owner's powers.
        package var ddlAsOwner: Bool

        package init(owner: String, ddlAsOwner: Bool = false) {
            self.owner = owner
            self.ddlAsOwner = ddlAsOwner
        }
    }

    /// The group role that holds the scope where the configuration names none: `mfg_TAG_PROFILE`, with `_` for `-`.
    package static func defaultGroup(tag: InstallationTag, profile: ProfileName) -> String {
        "mfg_\(tag)_\(profile.rawValue.replacing("-", with: "_"))"
    }
}
