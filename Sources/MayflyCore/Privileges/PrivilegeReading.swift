package import Foundation

/// What some groups were found to give, and from when to when.
///
/// Leases are not read one by one, which would cost each of them a look at the catalogue: those with the same groups can do
/// the same. A lease's privileges are the readings of its groups (its narrowed group, where it has one) over its life. They
/// are taken when a set of groups is used for the first time, and every few minutes as long as a lease has it; what stays the
/// same is one reading, and each content is kept once, under its hash, which the audit log has too.
package struct PrivilegeReading: Hashable, Sendable {
    package var database: DatabaseName
    /// Sorted.
    package var groups: [String]
    package var privileges: EffectivePrivileges
    /// SHA-256 of the privileges as they are kept, in hex.
    package var hash: String
    /// When that was found first, by our clock.
    package var readAt: Date
    /// When that was found last.
    package var confirmedAt: Date

    package init(
        database: DatabaseName, groups: [String], privileges: EffectivePrivileges, hash: String, readAt: Date,
        confirmedAt: Date? = nil
    ) {
        self.database = database
        self.groups = groups.sorted()
        self.privileges = privileges
        self.hash = hash
        self.readAt = readAt
        self.confirmedAt = confirmedAt ?? readAt
    }
}

extension Lease {
    /// Whose members its role has become one of.
    package var effectiveGroups: [String] { (narrowedGroup.map { [$0] } ?? groups).sorted() }
}
