public import MayflyAPI

extension MayflyClient {
    /// One page of sessions, newest first.
    public func sessions(_ search: SessionSearch = SessionSearch()) async throws(MayflyError) -> SessionList {
        try await transport.call(.sessions, query: search.query)
    }

    /// One session.
    /// - Parameters:
    ///   - id: its id, or an unambiguous beginning of it.
    ///   - after: the `next` of the page before, of what the server's log says.
    public func session(_ id: String, after: Int64? = nil) async throws(MayflyError) -> Session {
        try await transport.call(.showSession, id: id, query: LogPage(after: after).query)
    }

    /// One session, with all pages of what the server's log says of it.
    public func wholeSession(_ id: String) async throws(MayflyError) -> Session {
        var session = try await session(id)
        while let after = session.next {
            let more = try await self.session(id, after: after)
            session.timeline = (session.timeline ?? []).merged(more.timeline ?? [])
            (session.limits, session.next) = (more.limits, more.next)
        }
        return session
    }

    /// Ends one session; its lease lives on. For administrators.
    /// - Parameter id: as for `session`.
    /// - Returns: it as it is then; one without an end is being ended.
    public func kill(_ id: String, reason: String? = nil) async throws(MayflyError) -> Session {
        try await transport.call(.killSession, id: id, body: KillSession(reason: reason))
    }

    /// All that is on record of a lease, in order of time.
    /// - Parameters:
    ///   - id: as for `lease`.
    ///   - after: the `next` of the page before: then what follows of the server's log only.
    public func timeline(ofLease id: String, after: Int64? = nil) async throws(MayflyError) -> LeaseTimeline {
        try await transport.call(.showTimeline, id: id, query: LogPage(after: after).query)
    }

    /// The same, all pages of it.
    public func wholeTimeline(ofLease id: String) async throws(MayflyError) -> LeaseTimeline {
        var story = try await timeline(ofLease: id)
        while let after = story.next {
            let more = try await timeline(ofLease: id, after: after)
            story.entries = story.entries.merged(more.entries)
            story.next = more.next
        }
        return story
    }
}

extension [TimelineEntry] {
    /// In order of time; what is of one moment stays in the order of its page.
    fileprivate func merged(_ others: [TimelineEntry]) -> [TimelineEntry] {
        (self + others).enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }
}
