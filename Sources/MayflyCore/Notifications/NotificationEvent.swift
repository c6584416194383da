/// What people and systems are told of, as the configuration and the payload name it. Each is told by audit records:
/// what is not on record did not happen, and what is on record is not forgotten.
package enum NotificationEvent: String, Hashable, Sendable, CaseIterable {
    case requested
    /// A step of a request begins: its approvers are asked.
    case approvalNeeded = "approval_needed"
    /// More approvers are asked.
    case escalated
    case approved
    /// By policy or by a person.
    case denied
    case withdrawn
    /// Nobody decided in time, or nobody redeemed it.
    case requestExpired = "request_expired"
    case issued
    /// A lease ends soon.
    case expiring
    /// A lease came to its end.
    case expired
    /// A login role could not be ended; the broker keeps trying.
    case revokeFailing = "revoke_failing"
    case breakGlass = "break_glass"
    /// Break-glass is to be looked at, and again each day when nobody did in time.
    case reviewDue = "review_due"
    case lockdown
    /// Somebody altered a login role behind our back.
    case roleAltered = "role_altered"
    /// Roles that the state does not know wait for an administrator's decision, or no longer do.
    case safeMode = "safe_mode"
    /// A profile's group role is not as its grants say, or is again.
    case drift
    /// Sent by hand, to see whether a target works. On no record.
    case test

    /// What a target can ask for.
    package static var configurable: [Self] { allCases.filter { $0 != .test } }

    /// The records that may tell it.
    package var actions: Set<AuditEvent.Action> {
        switch self {
        case .requested, .breakGlass: [.requestCreated]
        case .approvalNeeded: [.requestCreated, .requestApproval]
        case .escalated: [.requestEscalated]
        case .approved: [.requestApproved]
        case .denied: [.requestDenied]
        case .withdrawn: [.requestWithdrawn]
        case .requestExpired: [.requestExpired]
        case .issued: [.leaseActive]
        case .expiring: [.leaseExpiring]
        case .expired: [.leaseRevoking]
        case .revokeFailing: [.leaseLocked, .leaseAttemptFailed]
        case .lockdown: [.lockdownOn, .lockdownOff, .lockdownEnded]
        case .reviewDue: [.reviewDue, .reviewOverdue]
        case .roleAltered: [.roleAltered]
        case .safeMode: [.safeModeOn, .safeModeOff]
        case .drift: [.scopeDrifted, .scopeInStep]
        case .test: []
        }
    }

    package func isTold(by event: AuditEvent) -> Bool {
        guard actions.contains(event.action) else { return false }
        switch self {
        case .approvalNeeded:
            return event.action == .requestCreated
                ? event.details["steps"]?.isEmpty == false : event.details["next_step"] != nil
        case .breakGlass: return event.details["break_glass"] == "true"
        case .expired: return event.details["end_reason"] == Lease.EndReason.expired.rawValue
        case .requested, .escalated, .approved, .denied, .withdrawn, .requestExpired, .issued, .expiring,
            .revokeFailing, .reviewDue, .lockdown, .roleAltered, .safeMode, .drift, .test:
            return true
        }
    }

    /// All that a record tells, in the order in which it is to be said.
    package static func told(by event: AuditEvent) -> [Self] { allCases.filter { $0.isTold(by: event) } }
}
