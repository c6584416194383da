import MayflyAPI
import MayflyCore

/// Who the caller is, what they may ask for, and asking.
extension Routes {
    func whoAmI(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let mfa = try await broker.mfaStanding(of: identity)
            return try .json(
                WhoAmI(
                    identity, roles: await broker.roles(of: identity), mfa: MFAState(known: mfa, of: identity)
                ))
        }
    }

    func profiles(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            try .json(
                ProfileList(profiles: try await broker.offers(to: identity).map { ProfileSummary($0) }))
        }
    }

    func createRequest(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: CreateRequest.self)
        let ttl = try body.integer(.ttlSeconds)
        let reason = try body.string(.reason)
        let ticket = try body.string(.ticket)
        let request = LeaseRequest(
            profile: try ProfileName(parsing: try body.required(.profile), field: "profile"),
            ttl: try ttl.map { seconds throws(Refusal) in try TTL(seconds: seconds) },
            reason: try reason.map { text throws(Refusal) in try Reason(parsing: text) },
            ticket: try ticket.map { text throws(Refusal) in try Ticket(parsing: text) },
            isTethered: try body.bool(.tethered) ?? false, startAt: try body.date(.startAt),
            isBreakGlass: try body.bool(.breakGlass) ?? false,
            narrowing: try Narrowing(
                tables: try body.strings(.tables), columns: try body.strings(.columns)))
        let approval = try body.string(.approval)
        let key = call.idempotencyKey
        return .identified { broker, identity throws(Refusal) in
            let answer =
                if let approval {
                    try await broker.ask(request, approval: approval, by: identity, idempotencyKey: key)
                } else {
                    try await broker.ask(request, by: identity, idempotencyKey: key)
                }
            switch answer {
            case .issued(let issued):
                return try .json(RequestReply(issued), status: issued.isRepeated ? 200 : 201)
            case .waiting(let request):
                return try .json(
                    RequestReply(request: MayflyAPI.AccessRequest(request)),
                    status: request.state.isFinal ? 200 : 202)
            }
        }
    }

    func requests(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: RequestSearch.self)
        let limit = search.limit ?? 100
        var query = RequestQuery(
            profile: try Self.profile(search.profile),
            before: try Self.requestID(search.after, field: "after"),
            limit: limit + 1)
        query.states = search.states.map {
            Set($0.compactMap { MayflyCore.AccessRequest.State(rawValue: $0.rawValue) })
        }
        let mine = search.mine ?? false
        let toApprove = search.toApprove ?? false
        guard !toApprove || (!mine && search.states.map { $0 == [.pending] } ?? true) else {
            throw Refusal(
                .invalidRequest, "to_approve is given beside mine or a state", field: "to_approve",
                hint: "what waits for your decision is pending, and never yours")
        }
        return .identified { [query] broker, identity throws(Refusal) in
            var query = query
            if mine { (query.uid, query.key) = (identity.uid, identity.key) }
            let found =
                toApprove
                ? try await broker.requestsToApprove(query, by: identity)
                : try await broker.requests(query, by: identity)
            let page = found.prefix(limit).map { MayflyAPI.AccessRequest($0) }
            return try .json(
                RequestList(requests: page, next: found.count > limit ? page.last?.id : nil))
        }
    }

    func showRequest(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let found = try await broker.request(call.id, by: identity)
            var shown = MayflyAPI.AccessRequest(found)
            if let context = try await broker.context(of: found, for: identity) {
                shown.context = RequestContext(context)
            }
            return try .json(shown)
        }
    }

    static func profile(_ text: String?) throws(Refusal) -> ProfileName? {
        guard let text else { return nil }
        return try ProfileName(parsing: text, field: "profile")
    }

    static func database(_ text: String?) throws(Refusal) -> DatabaseName? {
        guard let text else { return nil }
        return try DatabaseName(parsing: text, field: "database")
    }

    static func requestID(_ text: String?, field: String) throws(Refusal) -> RequestID? {
        guard let text else { return nil }
        guard let id = RequestID(rawValue: text) else { throw Self.notAnID(text, field) }
        return id
    }

    static func leaseID(_ text: String?, field: String) throws(Refusal) -> LeaseID? {
        guard let text else { return nil }
        guard let id = LeaseID(rawValue: text) else { throw Self.notAnID(text, field) }
        return id
    }

    private static func notAnID(_ text: String, _ field: String) -> Refusal {
        Refusal(
            .invalidRequest, "\(field) \(text.quoted(limit: 40)) is not an id", field: field,
            hint: "an id is a UUID in lower case")
    }
}
