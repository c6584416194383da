public import MayflyAPI

extension MayflyClient {
    /// The audit log as it is kept, with its checkpoints: for a verifier, or to be kept elsewhere. For auditors.
    ///
    /// ```swift
    /// for try await line in try await client.exportAudit() { try verifier.take(line) }
    /// ```
    ///
    /// A stream that was cut short lacks its last line, a mark with `end`. Its errors are `MayflyError`s.
    public func exportAudit(_ search: AuditExportSearch = AuditExportSearch()) async throws(MayflyError)
        -> AuditLines
    {
        AuditLines(try await transport.open(.exportAudit, query: search.query))
    }

    /// One page of signed checkpoints, oldest first. For auditors.
    public func auditCheckpoints(_ search: CheckpointSearch = CheckpointSearch()) async throws(MayflyError)
        -> AuditCheckpointList
    {
        try await transport.call(.auditCheckpoints, query: search.query)
    }
}
