/// What would be done in a server to make a login role, and what it could then do; nothing is done.
package struct RolePreview: Hashable, Sendable {
    /// In order, as the guard runs them. What is made anew each time, the verifier first of all, is a place in `‹ ›`.
    package let statements: [String]
    package let privileges: EffectivePrivileges

    package init(statements: [String], privileges: EffectivePrivileges) {
        self.statements = statements
        self.privileges = privileges
    }
}
