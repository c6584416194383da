package import Foundation
package import MayflyAPI
package import MayflyCore
import MayflyTrail

/// Makes what is sent of what is on record. Nothing secret can get into it: there is none in the state.
struct NotificationComposer: Sendable {
    let store: any Store
    let configuration: @Sendable () -> Configuration

    /// - Throws: what reading the state met.
    func compose(
        _ event: NotificationEvent, told record: MayflyCore.AuditRecord
    ) async throws(StoreError) -> NotificationMessage {
        let (told, configuration) = (record.event, configuration())
        let lease = try await lease(told.subject.lease)
        let request = try await request(told.subject.request ?? lease?.requestID)
        let step = step(event, told, request)
        var message = NotificationMessage(
            version: 1, id: Self.id(event, record, configuration.installation),
            event: NotificationKind(rawValue: event.rawValue), at: told.at,
            installation: configuration.installation.name, actor: AuditActor(told.actor), summary: "",
            recipients: NotificationRecipients(configuration: configuration, request: request, lease: lease)
                .of(event, told, step: step).map(\.description),
            reason: told.reason, request: request.map { NotifiedRequest($0, step: step?.name) },
            lease: lease.map { NotifiedLease($0) }, details: told.details)
        message.summary =
            NotificationSentence(
                message: message, event: event, action: told.action, subject: told.subject
            ).text
        return message
    }

    /// Of the record, in which its number and its hash stand for it: after a state was lost and begun anew the number
    /// comes again, the hash does not.
    private static func id(
        _ event: NotificationEvent, _ record: MayflyCore.AuditRecord,
        _ installation: Configuration.Installation
    ) -> String {
        "\(installation.name).\(record.sequence).\(record.hash.prefix(12)).\(event.rawValue)"
    }

    private func lease(_ id: LeaseID?) async throws(StoreError) -> MayflyCore.Lease? {
        guard let id else { return nil }
        return try await store.lease(id)
    }

    private func request(_ id: RequestID?) async throws(StoreError) -> MayflyCore.AccessRequest? {
        guard let id else { return nil }
        return try await store.request(id)
    }

    /// The step that people are asked to take.
    private func step(
        _ event: NotificationEvent, _ told: AuditEvent, _ request: MayflyCore.AccessRequest?
    ) -> ApprovalStep? {
        let steps = request?.course?.terms.steps ?? []
        switch event {
        case .approvalNeeded:
            guard let name = told.details["next_step"] else { return steps.first }
            return steps.first { $0.name == name }
        case .escalated: return steps.first { $0.name == told.details["step"] }
        case .requested, .approved, .denied, .withdrawn, .requestExpired, .issued, .expiring, .expired,
            .revokeFailing, .breakGlass, .reviewDue, .lockdown, .roleAltered, .safeMode, .drift, .test:
            return nil
        }
    }
}

extension NotifiedRequest {
    init(_ request: MayflyCore.AccessRequest, step: String?) {
        self.init(
            id: request.id.rawValue, state: RequestState(request.state), profile: request.profile.rawValue,
            requester: request.requester.shown, ttlSeconds: request.ttl?.seconds,
            reason: request.reason?.rawValue,
            ticket: request.ticket?.rawValue, rule: request.rule, step: step)
    }
}

extension NotifiedLease {
    init(_ lease: MayflyCore.Lease) {
        self.init(
            id: lease.id.rawValue, state: LeaseState(lease.state), profile: lease.profile.rawValue,
            database: lease.database.rawValue, role: lease.role.rawValue, requester: lease.requester.shown,
            expiresAt: lease.expiresAt)
    }
}

extension NotificationMessage {
    /// What is sent by hand.
    package static func test(_ installation: Configuration.Installation, now: Date) -> NotificationMessage {
        NotificationMessage(
            version: 1, id: "\(installation.name).test.\(now.milliseconds)", event: .test, at: now,
            installation: installation.name, actor: AuditActor(.broker),
            summary: "A test by mayflyd of \(installation.name): this target works.", recipients: [],
            details: [:])
    }
}
