/// Whether what is made later gets the same privileges, and of whose making (PostgreSQL's default privileges).
package enum FutureObjects: Hashable, Sendable, Codable {
    case none
    /// Of the role that owns the schema when the catalogue is looked at.
    case ofSchemaOwner
    /// Of these roles.
    case of([String])
}
