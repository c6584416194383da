public import MayflyAPI

extension MayflyClient {
    /// Every login role of ours in the servers, beside its lease: the caller's own; for auditors all.
    /// - Parameter database: only on this one.
    public func roles(database: String? = nil) async throws(MayflyError) -> ServerRoleList {
        try await transport.call(.roles, query: RoleSearch(database: database).query)
    }

    /// Who is behind a role or a session.
    /// - Parameters:
    ///   - name: a role's name, or the number of a session.
    ///   - database: where to look; needed for a session.
    public func who(_ name: String, database: String? = nil) async throws(MayflyError) -> RoleBearer {
        try await transport.call(.who, id: name, query: RoleSearch(database: database).query)
    }

    /// Drops or keeps roles that no lease knows, or tells which there are. For administrators.
    public func reap(_ database: String, _ request: ReapRequest) async throws(MayflyError) -> ReapReply {
        try await transport.call(.reap, id: database, body: request)
    }
}
