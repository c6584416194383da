/// What a narrowed group would be, before there is any need of it.
package struct NarrowedPreview: Hashable, Sendable {
    /// Its name in the server.
    package let group: String
    /// What the guard would run to bring it about, one statement each; only its comment where all is as it is to be.
    package let statements: [String]
    /// What it is to have.
    package let privileges: EffectivePrivileges

    package init(group: String, statements: [String], privileges: EffectivePrivileges) {
        self.group = group
        self.privileges = privileges
        self.statements = statements
    }
}
