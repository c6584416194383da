import MayflyCore

/// Whom a notification concerns. Targets are channels: who reads them finds out by this.
struct NotificationRecipients {
    let configuration: Configuration
    let request: AccessRequest?
    let lease: Lease?

    /// - Parameter step: the step that people are asked to take. Its approvers are those that the request keeps.
    func of(_ event: NotificationEvent, _ told: AuditEvent, step: ApprovalStep?) -> [Principal] {
        let found: [Principal] =
            switch event {
            case .approvalNeeded: step?.approvers ?? []
            case .escalated: asked(step)
            case .breakGlass: approvers(told) + reviewers(told) + configuration.auditors
            case .reviewDue: reviewers(told) + configuration.auditors + configuration.administrators
            case .revokeFailing, .lockdown, .roleAltered, .safeMode, .drift:
                configuration.administrators + configuration.auditors
            case .requested, .approved, .denied, .withdrawn, .requestExpired, .issued, .expiring, .expired:
                requester
            case .test: []
            }
        var seen: Set<Principal> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// Approvers of the step, and those it was escalated to so far.
    private func asked(_ step: ApprovalStep?) -> [Principal] {
        guard let step, let course = request?.course else { return [] }
        guard let current = course.currentStep, course.terms.steps[current] == step else {
            return step.everyApprover
        }
        return course.approvers(of: current)
    }

    /// Whoever has a say in the profile by some rule.
    private func approvers(_ told: AuditEvent) -> [Principal] {
        guard let profile = told.subject.profile else { return [] }
        return configuration.access.filter { $0.names(profile) }.flatMap { rule in
            ([rule.approval] + rule.tiers.map(\.approval)).compactMap { $0 }.flatMap(\.steps).flatMap(
                \.everyApprover)
        }
    }

    private func reviewers(_ told: AuditEvent) -> [Principal] {
        let name = told.rule ?? request?.rule
        return configuration.access.first { $0.name == name }?.review.reviewers ?? []
    }

    private var requester: [Principal] {
        guard let requester = request?.requester ?? lease?.requester else { return [] }
        if requester.key.hasPrefix("uid:") { return [.user(requester.user)] }
        return Principal(requester.key).map { [$0] } ?? [.user(requester.user)]
    }
}
