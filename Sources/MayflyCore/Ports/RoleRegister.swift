package import Foundation

/// What is on record of the roles that were made, for an engine whose server keeps no register (`mode: direct`).
package protocol RoleRegister: Sendable {
    /// By lease; what is not on record is left out.
    func registered(_ leases: [LeaseID]) async throws(EngineFailure) -> [RegisteredRole]
    /// By name; names that are not on record are left out.
    func registered(_ roles: [RoleName]) async throws(EngineFailure) -> [RegisteredRole]
}

/// A role as it is on record.
package struct RegisteredRole: Hashable, Sendable {
    package var reference: RoleReference
    package var oid: UInt32?
    package var requester: String
    package var groups: [String]
    /// When the server was told to end it.
    package var validUntil: Date?
    /// Raw SQL of its profile, for its end.
    package var revocationStatements: [String]

    package init(
        reference: RoleReference, oid: UInt32?, requester: String, groups: [String], validUntil: Date?,
        revocationStatements: [String]
    ) {
        self.reference = reference
        self.oid = oid
        self.requester = requester
        self.groups = groups
        self.validUntil = validUntil
        self.revocationStatements = revocationStatements
    }
}
