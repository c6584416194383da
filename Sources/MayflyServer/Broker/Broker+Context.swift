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
        let person = request.requester.person
        // One more, for the request itself is among them.
        let query = RequestQuery(person: person, profile: request.profile, limit: History.earlierLimit + 1)
        let earlier = try await stored { () async throws(StoreError) in try await store.requests(query) }
            .filter { $0.id != request.id && $0.createdAt <= request.createdAt }
        let live = LeaseQuery(
            person: person, states: Set(Lease.State.allCases.filter { !$0.isFinal }), limit: 100)
        let active = try await stored { () async throws(StoreError) in try await store.leases(live) }
        let history = History(
            requestsInHour: Dictionary(
                grouping: earlier.filter { request.createdAt.timeIntervalSince($0.createdAt) < 3600 },
                by: { $0.rule ?? "" }
            ).mapValues(\.count),
            earlier: earlier.map { .init(at: $0.createdAt, ttl: $0.ttl, result: .init($0.state)) })
        return ApproverContext(
            earlier: Array(earlier.prefix(Self.earlierShown)),
            lastAccessAt: earlier.first { $0.state == .issued }?.createdAt, active: active,
            flags: request.ttl.map {
                RequestFlag.raised(ttl: $0, history: history, now: request.createdAt)
            } ?? [],
            privileges: await privileges(of: course))
    }

    /// Read now, not when it was asked: what it would give.
    private func privileges(of course: AccessRequest.Course) async -> [String] {
        guard let engine = databases[course.database]?.engine else { return [] }
        do { return try await engine.privileges(of: course.groups) } catch {
            logger.warning(
                "privileges not read",
                metadata: ["database": "\(course.database)", "failure": "\(error)"])
            return []
        }
    }
}

extension History.Earlier.Result {
    fileprivate init(_ state: AccessRequest.State) {
        switch state {
        case .issued: self = .issued
        case .denied: self = .denied
        case .pending, .approved, .withdrawn, .expired: self = .other
        }
    }
}
