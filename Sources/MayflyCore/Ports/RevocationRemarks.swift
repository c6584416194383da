/// What was met while a role was ended, for the record. Kept by the server until it is told, so that an attempt that was
/// cut off loses nothing of it.
package struct RevocationRemarks: Hashable, Sendable {
    /// What the role had that nobody gave it through the guard (attributes, memberships), or that somebody else had
    /// dropped it.
    package var found: String?
    /// Objects that the role owned and that were given on, a line each.
    package var reassigned: [String]
    /// What the role's owner has that was made or altered since the lease began, a line each: by this lease, or by another
    /// one of the same owner.
    package var leftBehind: [String]

    package init(found: String? = nil, reassigned: [String] = [], leftBehind: [String] = []) {
        self.found = found
        self.reassigned = reassigned
        self.leftBehind = leftBehind
    }

    package static let none = RevocationRemarks()
}
