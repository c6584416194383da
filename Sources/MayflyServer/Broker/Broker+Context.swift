import Foundation
import Logging
package import MayflyCore

/// What an approver sees beside the request itself.
extension Broker {
    private static let earlierShown = 10

    /// - Returns: nil for who has no say in the request and is no auditor, its requester among them.
    package func context(of request: AccessRequest, for identity: Identity) async throws(Refusal)
        -> ApproverContext?
    {
        guard let course = request.course, isAuditor(identity) || request.concerns(identity) else {
            return nil
        }
        let configuration = configuration
        let identities = configuration.people.identities(of: course.identity)
        // What was known when it was asked for; the same that the policy decided by.
        let query = HistoryQuery(
            identities, profile: request.profile, now: request.createdAt, wantsRequestsInHour: true,
            wantsEarlier: true, before: request.id)
        let history = try await history(query)
        let live = LeaseQuery(
            identities: identities, states: Set(Lease.State.allCases.filter { !$0.isFinal }), limit: 100)
        let active = try await stored { () async throws(StoreError) in try await store.leases(live) }
        let zone = configuration.access.first { $0.name == request.rule }?.zone ?? .gmt
        let (privileges, unknown) = await privileges(of: course, request.narrowing)
        return ApproverContext(
            earlier: try await requests(history.earlier.prefix(Self.earlierShown).map(\.id)),
            lastAccessAt: history.earlier.first { $0.result == .issued }?.at, active: active,
            flags: request.ttl.map {
                RequestFlag.raised(ttl: $0, history: history, now: request.createdAt, zone: zone)
            } ?? [],
            privileges: privileges, privilegesUnknown: unknown)
    }

    private func requests(_ ids: [RequestID]) async throws(Refusal) -> [AccessRequest] {
        try await stored { () async throws(StoreError) in
            var found: [AccessRequest] = []
            for id in ids { if let request = try await store.request(id) { found.append(request) } }
            return found
        }
    }

    /// Read now, not when it was asked: what it would give.
    private func privileges(
        of course: AccessRequest.Course, _ narrowing: Narrowing?
    ) async -> ([String], unknown: String?) {
        guard let engine = databases[course.database]?.engine else {
            return ([], "\(course.database) is no longer configured")
        }
        // Its sessions begin as the owner, and can do all that it can.
        func ofOwner() async throws(EngineFailure) -> [String] {
            guard let owner = course.create?.owner else { return [] }
            return ["in the name of \(owner.quoted()):"] + (try await engine.privileges(of: [owner]))
        }
        do {
            if let scope = NarrowedScope(of: course.groups, to: narrowing) {
                return (try await engine.preview(scope).privileges.lines(limit: 200) + ofOwner(), nil)
            }
            return (try await engine.privileges(of: course.groups) + ofOwner(), nil)
        } catch {
            logger.warning(
                "privileges not read",
                metadata: ["database": "\(course.database)", "failure": "\(error)"])
            return ([], error.publicMessage)
        }
    }
}
