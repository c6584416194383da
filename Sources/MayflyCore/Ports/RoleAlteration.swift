/// One thing that was done to a login role since it was issued, by whoever may on the server, or by the leaser to their
/// own role. The guard says it in a word of a list, some with a name or a number behind it.
package struct RoleAlteration: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        // Attributes (PostgreSQL).
        case superuser, createrole, createdb, replication, bypassrls
        /// Rights on everything (MariaDB, MySQL).
        case global
        /// Login was switched off, not by the guard.
        case nologin
        case validUntil = "valid_until"
        case connectionLimit = "connection_limit"
        case password, settings
        /// What an older guard says of either.
        case passwordOrSettings = "password_or_settings"
        case memberOf = "member_of"
        /// May hand the membership on.
        case adminOf = "admin_of"
        /// A group that it was issued with was taken away, or renamed.
        case lacks
        /// Somebody else was made a member of it.
        case grantedTo = "granted_to"
        /// Of its own, beyond its groups'.
        case privileges
        /// Row-level policies name it.
        case policies
        /// A group that it was issued with has got a power that no lease may have, since. Said of the role, but done to
        /// the group.
        case groupPowers = "group_powers"
        /// It has, or is reached with, a power that no lease may have. Comes beside what gives it.
        case powers
        /// A word of a newer guard's.
        case other
    }

    package let kind: Kind
    /// The role's name or the number behind the word; empty where there is none.
    package let detail: String
    private let word: Substring

    /// - Parameter text: as the guard says it, such as `member_of pg_read_all_data`.
    package init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        word = parts.first ?? ""
        kind = Kind(rawValue: String(word)) ?? .other
        detail = parts.count > 1 ? String(parts[1]) : ""
    }

    package init(_ kind: Kind) { self.init(kind.rawValue) }

    /// For people. A name is a DBA's, so it is quoted.
    package var text: String {
        switch kind {
        case .superuser, .createrole, .createdb, .replication, .bypassrls: "is \(word.uppercased())"
        case .global: "has \(detail) rights on everything"
        case .nologin: "its login was switched off"
        case .validUntil: "its end was moved (VALID UNTIL)"
        case .connectionLimit: "its connection limit was changed"
        case .password: "its password was changed"
        case .settings: "its settings were changed"
        case .passwordOrSettings: "its password or settings were changed"
        case .memberOf: "is a member of \(detail.quoted())"
        case .adminOf: "may hand on membership of \(detail.quoted())"
        case .lacks: "is no member of \(detail.quoted()) any more"
        case .grantedTo: "\(detail.quoted()) is a member of it"
        case .privileges: "has privileges of its own (\(detail))"
        case .policies: "row-level policies name it (\(detail))"
        case .groupPowers: "its group \(detail.quoted()) has got a power that no lease may have"
        case .powers: "has, or is reached with, a power that no lease may have"
        case .other: "\(word) \(detail)".quoted()
        }
    }
}
