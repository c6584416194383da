public import MayflyAPI

extension MayflyClient {
    /// One page of the audit log, oldest first.
    public func audit(_ search: AuditSearch = AuditSearch()) async throws(MayflyError) -> AuditList {
        try await transport.call(.audit, query: search.query)
    }

    /// The audit log from `search.after` on (from now on without it), as it is written.
    ///
    /// ```swift
    /// for try await record in try await client.followAudit() { print(record.action) }
    /// ```
    ///
    /// The sequence ends when the daemon ends it; go on with the last record's `seq` as `after`. Its errors are
    /// `MayflyError`s.
    public func followAudit(_ search: AuditSearch = AuditSearch()) async throws(MayflyError) -> AuditFeed {
        AuditFeed(try await transport.open(.followAudit, query: search.query))
    }
}
