import Foundation
import Logging
package import MayflyCore

/// Who had what, when, why, and who allowed it: read from the record. What auditors and administrators read of others is
/// itself put on record, before they see it.
extension Broker {
    /// So many leases or requests are read at once.
    static let reportPage = 1000
    /// More leases than that are no report that is read, nor a reply that a client takes.
    static let mostReported = 5000

    /// Who is no auditor gets figures of no more than that at once, in seconds.
    private static let longestForAll: TimeInterval = 100 * 86_400

    static func checkSize(_ count: Int) throws(Refusal) {
        guard count > mostReported else { return }
        throw Refusal(
            .invalidRequest, "more than \(mostReported) leases are in this period", field: "from",
            hint: "choose a shorter one; `mayfly report access` has no such limit")
    }

    package func accessReport(
        _ query: ReportQuery, before: LeaseID?, limit: Int, by identity: Identity
    ) async throws(Refusal) -> [ReportedLease] {
        let found = try await reported(query, before: before, limit: limit, by: identity)
        try await recordRead("access", query, count: found.count, by: identity)
        return found
    }

    package func breakGlassReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal)
        -> [ReportedLease]
    {
        var found: [ReportedLease] = []
        try await eachReported(query, by: identity) { if $0.lease.isBreakGlass { found.append($0) } }
        try Self.checkSize(found.count)
        try await recordRead("break-glass", query, count: found.count, by: identity)
        return found
    }

    package func approvalsReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal)
        -> ApprovalTally
    {
        // All requests of the period are read to find one's own.
        if !isAuditor(identity), query.period.length > Self.longestForAll {
            throw Refusal(
                .invalidRequest, "the period is longer than \(Int(Self.longestForAll / 86_400)) days",
                field: "from", hint: "choose a shorter one; auditors and administrators have no such limit")
        }
        var tally = ApprovalTally(isAbout: voters(query.who, by: identity))
        try await eachRequest(madeIn: query.period, query.profile) { request in
            if query.database.map({ $0 == request.course?.database }) ?? true { tally.add(request) }
        }
        try await recordRead("approvals", query, count: tally.requests, by: identity)
        return tally
    }

    /// Figures about colleagues are for auditors; everybody has their own.
    /// - Returns: whose votes the caller may see, of those that are asked for; nil for everybody's.
    private func voters(_ who: String?, by identity: Identity) -> (@Sendable (Vote) -> Bool)? {
        let seesAll = isAuditor(identity)
        if seesAll, who == nil { return nil }
        return { vote in
            let voter = vote.identity
            guard seesAll || (voter.uid == identity.uid && voter.key == identity.key) else { return false }
            guard let who else { return true }
            return voter.user == who || vote.person.rawValue == who
        }
    }

    package func unusedReport(_ query: ReportQuery, by identity: Identity) async throws(Refusal)
        -> UnusedRights
    {
        let configuration = configuration
        let profiles = configuration.profiles.values.filter { profile in
            !profile.retired && (query.database.map { $0 == profile.database } ?? true)
                && (query.profile.map { $0 == profile.name } ?? true)
        }
        let rules = configuration.access.filter { rule in profiles.contains { rule.names($0.name) } }
        var unused = UnusedRights(profiles: profiles, rules: rules)
        try await eachReported(query, by: identity) { unused.add($0) }
        try await eachRequest(madeIn: query.period, query.profile) { unused.add($0) }
        try await recordRead("unused", query, count: profiles.count, by: identity)
        return unused.sorted()
    }

    // MARK: - Reading

    /// All leases of the query that the caller may see, page by page.
    func eachReported(
        _ query: ReportQuery, by identity: Identity, _ body: (ReportedLease) -> Void
    ) async throws(Refusal) {
        var before: LeaseID?
        repeat {
            let page = try await reported(query, before: before, limit: Self.reportPage, by: identity)
            page.forEach(body)
            before = page.count == Self.reportPage ? page.last?.lease.id : nil
        } while before != nil
    }

    private func eachRequest(
        madeIn period: ReportPeriod, _ profile: ProfileName?, _ body: (AccessRequest) -> Void
    ) async throws(Refusal) {
        var page = RequestQuery(madeIn: period, profile: profile, limit: Self.reportPage)
        repeat {
            let found = try await stored { [page] () async throws(StoreError) in
                try await store.requests(page)
            }
            found.forEach(body)
            page.before = found.count == page.limit ? found.last?.id : nil
        } while page.before != nil
    }

    /// - Parameter asOf: nil for now.
    func reported(
        _ query: ReportQuery, before: LeaseID?, limit: Int, by identity: Identity, asOf: Date? = nil
    ) async throws(Refusal) -> [ReportedLease] {
        // What failed gave nobody anything.
        let states = Set(Lease.State.allCases).subtracting([.failed])
        let leases = try await leases(
            LeaseQuery(
                who: query.who, lived: query.period, database: query.database, profile: query.profile,
                states: states, before: before, limit: limit), by: identity)
        let broken = leases.filter(\.isBreakGlass).map(\.id)
        let (ids, count) = (leases.map(\.requestID), leases.count)
        return try await stored { () async throws(StoreError) in
            let requests = try await store.requests(RequestQuery(ids: ids, limit: count))
            let byID = Dictionary(requests.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let reviews =
                broken.isEmpty
                ? [] : try await store.reviews(ReviewQuery(leases: broken, limit: broken.count))
            let byLease = Dictionary(
                reviews.map { ($0.leaseID, $0) }, uniquingKeysWith: { first, _ in first })
            let uses = try await uses(of: leases)
            let moment = asOf ?? timekeeper.now()
            return try leases.map { lease throws(StoreError) in
                guard let request = byID[lease.requestID] else {
                    throw .corrupt("the request of the lease \(lease.id) is not there")
                }
                return ReportedLease(
                    lease, request, review: byLease[lease.id], use: uses[lease.id] ?? .unknown, asOf: moment)
            }
        }
    }

    /// - Parameters:
    ///   - kind: of the report.
    ///   - count: of what was shown.
    func recordRead(_ kind: String, _ query: ReportQuery, count: Int, by identity: Identity)
        async throws(Refusal)
    {
        guard isAuditor(identity) else { return }
        var details = [
            "report": kind, "from": AuditEncoding.timestamp(query.period.from),
            "to": AuditEncoding.timestamp(query.period.to), "count": String(count),
        ]
        details["user"] = query.who.map { String($0.prefix(256)) }
        let event = AuditEvent(
            at: timekeeper.now(), actor: .person(identity), action: .reportRead,
            subject: .init(database: query.database, profile: query.profile), details: details)
        try await stored { [event] () async throws(StoreError) in try await store.record([event]) }
    }
}
