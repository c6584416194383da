import MayflyAPI
import MayflyCore

/// Looking at leases, renewing and revoking them.
extension Routes {
    func leases(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: LeaseSearch.self)
        let limit = search.limit ?? 100
        var query = LeaseQuery(
            roles: try Self.role(search.role).map { [$0] }, requester: search.requester,
            database: try Self.database(search.database), profile: try Self.profile(search.profile),
            before: try Self.leaseID(search.after, field: "after"),
            idPrefix: try Self.idPrefix(search.idPrefix), limit: limit + 1)
        query.states = search.states.map {
            Set($0.compactMap { MayflyCore.Lease.State(rawValue: $0.rawValue) })
        }
        let mine = search.mine ?? false
        return .identified { [query] broker, identity throws(Refusal) in
            var query = query
            if mine { (query.uid, query.key) = (identity.uid, identity.key) }
            let found = try await broker.leases(query, by: identity)
            let page = found.prefix(limit).map { MayflyAPI.Lease($0) }
            return try .json(LeaseList(leases: page, next: found.count > limit ? page.last?.id : nil))
        }
    }

    func showLease(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.Lease(try await broker.lease(call.id, by: identity)))
        }
    }

    func showPrivileges(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let lease = try await broker.lease(call.id, by: identity)
            let (readings, unknown) = try await broker.privileges(of: lease)
            return try .json(
                LeasePrivileges(
                    leaseId: lease.id.rawValue, memberOf: lease.effectiveGroups,
                    readings: readings.map { MayflyAPI.PrivilegeReading($0) }, unknown: unknown))
        }
    }

    func renewLease(_ call: Call) throws(Refusal) -> Action {
        let ttl = try call.body(as: RenewRequest.self).integer(.ttlSeconds)
            .map { seconds throws(Refusal) in try TTL(seconds: seconds) }
        return .identified { broker, identity throws(Refusal) in
            let lease = try await broker.lease(call.id, by: identity)
            return try .json(MayflyAPI.Lease(try await broker.renew(lease.id, ttl: ttl, by: identity)))
        }
    }

    func revokeLease(_ call: Call) throws(Refusal) -> Action {
        let reason = try Self.reason(try call.body(as: RevokeRequest.self).string(.reason))
        return .identified { broker, identity throws(Refusal) in
            let lease = try await broker.lease(call.id, by: identity)
            let revoked = try await broker.revoke(
                LeaseQuery(ids: [lease.id], limit: 1), reason: reason, by: identity)
            return try .json(MayflyAPI.Lease(revoked.first ?? lease))
        }
    }

    func revokeLeases(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: RevokeFilter.self)
        let ids = try body.strings(.ids)
        let all = try body.bool(.all) ?? false
        var query = LeaseQuery(limit: Self.revocationLimit)
        query.database = try Self.database(try body.string(.database))
        query.profile = try Self.profile(try body.string(.profile))
        query.requester = try body.string(.requester)
        let reason = try Self.reason(try body.string(.reason))
        if let ids {
            query.ids = []
            for id in ids {
                if let id = try Self.leaseID(id, field: "ids") { query.ids?.append(id) }
            }
        }
        let narrowed = ids != nil || query.database != nil || query.profile != nil || query.requester != nil
        // A filter that was lost on the way must not revoke everything; nor one beside `all` be overlooked.
        guard narrowed != all else {
            throw Refusal(
                .invalidRequest, all ? "all is given beside a filter" : "there is no filter", field: "all",
                hint: "give ids, database, profile or requester; or all alone for every lease you may revoke")
        }
        return .identified { [query] broker, identity throws(Refusal) in
            var query = query
            // An auditor sees what they may not revoke: without administrator's rights it is one's own.
            if !(await broker.roles(of: identity).contains(.administrator)) {
                (query.uid, query.key) = (identity.uid, identity.key)
            }
            let leases = try await broker.revoke(query, reason: reason, by: identity)
            return try .json(RevokeResult(leases: leases.map { MayflyAPI.Lease($0) }))
        }
    }

    /// More leases than an installation has.
    private static let revocationLimit = 1_000_000

    static func reason(_ text: String?) throws(Refusal) -> Reason? {
        guard let text else { return nil }
        return try Reason(parsing: text)
    }

    private static func role(_ text: String?) throws(Refusal) -> RoleName? {
        guard let text else { return nil }
        guard let role = RoleName(rawValue: text) else {
            throw Refusal(
                .invalidRequest, "role \(text.quoted(limit: 40)) is not a login role of ours", field: "role",
                hint: "a login role's name begins with mf_")
        }
        return role
    }

    private static func idPrefix(_ text: String?) throws(Refusal) -> String? {
        guard let text else { return nil }
        let isPrefix = text.utf8.allSatisfy { "0123456789abcdef-".utf8.contains($0) }
        guard isPrefix, (4...36).contains(text.utf8.count) else {
            throw Refusal(
                .invalidRequest, "id_prefix \(text.quoted(limit: 40)) is not the beginning of an id",
                field: "id_prefix", hint: "4 to 36 of 0-9, a-f and -")
        }
        return text
    }
}
