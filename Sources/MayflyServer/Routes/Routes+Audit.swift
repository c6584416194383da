import HummingbirdCore
import MayflyAPI
import MayflyCore
import MayflyTrail

/// Reading the log, and following it.
extension Routes {
    func audit(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: AuditSearch.self)
        let limit = search.limit ?? 100
        let newest = search.newest ?? false
        var query = try Self.query(search)
        query.newest = newest
        query.limit = newest ? limit : limit + 1
        return .identified { [query] broker, identity throws(Refusal) in
            let found = try await broker.audit(query, by: identity)
            let page = found.prefix(limit).map { MayflyAPI.AuditRecord($0) }
            return try .json(AuditList(records: page, next: found.count > limit ? page.last?.seq : nil))
        }
    }

    func followAudit(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: AuditSearch.self)
        let unfit: [(String, Bool)] = [
            ("newest", search.newest != nil), ("limit", search.limit != nil), ("since", search.since != nil),
            ("until", search.until != nil), ("before", search.before != nil),
            ("outcome", search.outcome != nil), ("request", search.request != nil),
            ("database", search.database != nil), ("profile", search.profile != nil),
            ("role", search.role != nil), ("rule", search.rule != nil), ("text", search.text != nil),
        ]
        if let (name, _) = unfit.first(where: { $0.1 }) {
            throw Refusal(
                .invalidRequest, "\(name) is not a parameter of this call", field: name,
                hint: "parameters are: after, lease, actor, action")
        }
        var query = try Self.query(search)
        // Whoever comes again names what came last; that is never less than what they began with.
        query.after = [query.after, call.lastEventID].compactMap(\.self).max()
        return .identified { [query] broker, identity throws(Refusal) in
            let place = try streams.take(uid: identity.uid)
            let stream = try await AuditStream(
                broker: broker, directory: directory, identity: identity, query: query,
                timekeeper: timekeeper, format: call.streamFormat, place: place)
            return .stream(ResponseBody(asyncSequence: stream), as: call.streamFormat)
        }
    }

    private static func unknown(_ text: String, _ field: String, _ hint: String) -> Refusal {
        Refusal(
            .invalidRequest, "\(field) \(text.quoted(limit: 40)) cannot be looked for", field: field,
            hint: hint)
    }

    private static func query(_ search: AuditSearch) throws(Refusal) -> AuditQuery {
        var query = AuditQuery(
            after: search.after, lease: try leaseID(search.lease, field: "lease"), since: search.since,
            until: search.until)
        query.before = search.before
        query.request = try search.request.map { text throws(Refusal) in
            guard let id = RequestID(rawValue: text) else {
                throw unknown(text, "request", "no request has this id")
            }
            return id
        }
        query.database = try search.database.map { text throws(Refusal) in
            guard let name = DatabaseName(rawValue: text) else {
                throw unknown(text, "database", "no database has this name")
            }
            return name
        }
        query.profile = try search.profile.map { text throws(Refusal) in
            guard let name = ProfileName(rawValue: text) else {
                throw unknown(text, "profile", "no profile has this name")
            }
            return name
        }
        query.role = try search.role.map { text throws(Refusal) in
            guard let name = RoleName(rawValue: text) else {
                throw unknown(text, "role", "no login role has this name")
            }
            return name
        }
        query.rule = search.rule
        query.outcome = try search.outcome.map { text throws(Refusal) in
            guard let outcome = AuditEvent.Outcome(rawValue: text) else {
                throw unknown(text, "outcome", "done, denied or failed")
            }
            return outcome
        }
        query.text = try search.text.map { text throws(Refusal) in
            guard let words = SearchText(text) else {
                throw unknown(
                    text, "text",
                    "1 to \(SearchText.mostTerms) words of letters and digits, \(SearchText.longest) characters at most"
                )
            }
            return words
        }
        if let text = search.action {
            guard let action = AuditEvent.Action(rawValue: text) else {
                let known = AuditEvent.Action.allCases.map(\.rawValue).joined(separator: ", ")
                throw Refusal(
                    .invalidRequest, "action \(text.quoted(limit: 40)) is not known", field: "action",
                    hint: "one of: \(known)")
            }
            query.action = action
        }
        if let text = search.actor {
            guard let uid = UInt32(text.hasPrefix("uid:") ? String(text.dropFirst(4)) : text) else {
                throw Refusal(
                    .invalidRequest, "actor \(text.quoted(limit: 40)) is not a user id", field: "actor",
                    hint: "give the number that `id -u NAME` prints")
            }
            query.actorUID = uid
        }
        return query
    }
}
