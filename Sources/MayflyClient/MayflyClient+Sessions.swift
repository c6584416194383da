public import MayflyAPI

extension MayflyClient {
    /// One page of sessions, newest first.
    public func sessions(_ search: SessionSearch = SessionSearch()) async throws(MayflyError) -> SessionList {
        try await transport.call(.sessions, query: search.query)
    }

    /// One session.
    /// - Parameter id: its id, or an unambiguous beginning of it.
    public func session(_ id: String) async throws(MayflyError) -> Session {
        try await transport.call(.showSession, id: id)
    }

    /// Ends one session; its lease lives on. For administrators.
    /// - Parameter id: as for `session`.
    /// - Returns: it as it is then; one without an end is being ended.
    public func kill(_ id: String, reason: String? = nil) async throws(MayflyError) -> Session {
        try await transport.call(.killSession, id: id, body: KillSession(reason: reason))
    }

    /// All that is on record of a lease, in order of time.
    /// - Parameter id: as for `lease`.
    public func timeline(ofLease id: String) async throws(MayflyError) -> LeaseTimeline {
        try await transport.call(.showTimeline, id: id)
    }
}
