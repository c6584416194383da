/// What somebody may do beyond using their own leases.
package enum Authority: String, Hashable, Sendable, CaseIterable {
    /// May see everything and revoke any lease.
    case administrator
    /// May see every lease, request and audit record.
    case auditor
}
