import MayflyAPI
import MayflyCore

/// Looking at sessions, ending one, and the story of a lease.
extension Routes {
    func sessions(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: SessionSearch.self)
        let limit = search.limit ?? 100
        var query = SessionQuery(
            lease: try Self.leaseID(search.lease, field: "lease"),
            database: try Self.database(search.database),
            user: search.user, isOpen: search.live, limit: limit + 1)
        if let text = search.after {
            guard let id = SessionID(rawValue: text) else {
                throw Refusal(
                    .invalidRequest, "after \(text.quoted(limit: 40)) is not an id", field: "after",
                    hint: "an id is a UUID in lower case")
            }
            query.before = id
        }
        return .identified { [query] broker, identity throws(Refusal) in
            let found = try await broker.sessions(query, by: identity)
            let withErrors = !(await broker.roles(of: identity)).isEmpty
            let page = found.sessions.prefix(limit).map { MayflyAPI.Session($0) }
            return try .json(
                SessionList(
                    sessions: page, next: found.sessions.count > limit ? page.last?.id : nil,
                    coverage: found.following.map { SessionCoverage($0, withErrors: withErrors) }))
        }
    }

    func showSession(_ call: Call) throws(Refusal) -> Action {
        let page = try call.query(as: LogPage.self)
        return .identified { broker, identity throws(Refusal) in
            try .json(
                MayflyAPI.Session(
                    try await broker.sessionStory(call.id, after: page.after, by: identity)))
        }
    }

    func killSession(_ call: Call) throws(Refusal) -> Action {
        let reason = try Self.reason(try call.body(as: KillSession.self).string(.reason))
        return .identified { broker, identity throws(Refusal) in
            try .json(
                MayflyAPI.Session(try await broker.killSession(call.id, reason: reason, by: identity)))
        }
    }

    func showTimeline(_ call: Call) throws(Refusal) -> Action {
        let page = try call.query(as: LogPage.self)
        return .identified { broker, identity throws(Refusal) in
            try .json(LeaseTimeline(try await broker.story(of: call.id, after: page.after, by: identity)))
        }
    }
}
