public import Foundation
public import MayflyAPI

extension MayflyClient {
    /// One page of leases, newest first.
    public func leases(_ search: LeaseSearch = LeaseSearch()) async throws(MayflyError) -> LeaseList {
        try await transport.call(.leases, query: search.query)
    }

    /// One lease.
    /// - Parameter id: its id, an unambiguous beginning of it, or its login role.
    public func lease(_ id: String) async throws(MayflyError) -> Lease {
        try await transport.call(.showLease, id: id)
    }

    /// What a lease's login role can do, as it was read in the server.
    /// - Parameter id: as for `lease`.
    public func privileges(ofLease id: String) async throws(MayflyError) -> LeasePrivileges {
        try await transport.call(.showPrivileges, id: id)
    }

    /// Moves a lease's end, up to `endsLatestAt`.
    /// - Parameters:
    ///   - id: the lease's id, in full.
    ///   - ttlSeconds: seconds from now; nil for the profile's default.
    public func renew(_ id: String, ttlSeconds: Int? = nil) async throws(MayflyError) -> Lease {
        try await transport.call(.renewLease, id: id, body: RenewRequest(ttlSeconds: ttlSeconds))
    }

    /// Asks for more time than a lease was given: at once within its rule, else people decide.
    /// - Parameters:
    ///   - id: the lease's id, in full.
    ///   - ttlSeconds: how much longer than its end.
    ///   - idempotencyKey: as for `request`.
    ///   - code: as for `request`.
    public func extend(
        _ id: String, ttlSeconds: Int, reason: String? = nil, ticket: String? = nil,
        idempotencyKey: String = UUID().uuidString.lowercased(), code: String? = nil
    ) async throws(MayflyError) -> ExtendReply {
        try await transport.call(
            .extendLease, id: id,
            body: ExtendRequest(ttlSeconds: ttlSeconds, reason: reason, ticket: ticket),
            headers: [(MayflyHeader.idempotencyKey, idempotencyKey)], code: code)
    }

    /// Ends a lease. Ending what is over succeeds; a reply in `revoking` or `locked` goes on ending by itself.
    public func revoke(_ id: String, reason: String? = nil) async throws(MayflyError) -> Lease {
        try await transport.call(.revokeLease, id: id, body: RevokeRequest(reason: reason))
    }

    /// Ends all live leases that match every member of the filter.
    public func revoke(_ filter: RevokeFilter) async throws(MayflyError) -> [Lease] {
        let result: RevokeResult = try await transport.call(.revokeLeases, body: filter)
        return result.leases
    }
}
