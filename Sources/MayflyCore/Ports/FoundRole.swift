/// What is asked about on a server: a role by its name, or whose a session is.
package enum RoleSubject: Hashable, Sendable {
    case role(String)
    /// PostgreSQL: a backend's pid. MariaDB and MySQL: a connection's id.
    case session(Int)
}

/// Who a server says is behind a role.
package struct FoundRole: Hashable, Sendable {
    package var role: String
    /// By the guard's register; nil where it does not know the role.
    package var standing: RoleStanding?
    /// By the role's comment, also another installation's (PostgreSQL).
    package var comment: RoleComment?

    package init(role: String, standing: RoleStanding? = nil, comment: RoleComment? = nil) {
        self.role = role
        self.standing = standing
        self.comment = comment
    }
}
