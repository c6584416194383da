/// Every route of the API: the one table for the daemon's router, the OpenAPI document and the client.
///
/// ```swift
/// Route.showLease.path             // "/v1/leases/{id}"
/// Route.showLease.path(id: "a/b")  // "/v1/leases/a%2Fb"
/// ```
public enum Route: String, Sendable, CaseIterable {
    case health
    case openAPI = "openapi"
    case metrics
    case whoAmI = "whoami"
    case profiles = "list_profiles"
    case explain
    case createRequest = "create_request"
    case requests = "list_requests"
    case showRequest = "show_request"
    case approveRequest = "approve_request"
    case denyRequest = "deny_request"
    case attachApproval = "attach_approval"
    case withdrawRequest = "withdraw_request"
    case redeemRequest = "redeem_request"
    case followRequest = "follow_request"
    case leases = "list_leases"
    case showLease = "show_lease"
    case showPrivileges = "show_lease_privileges"
    case showTimeline = "show_lease_timeline"
    case renewLease = "renew_lease"
    case extendLease = "extend_lease"
    case revokeLease = "revoke_lease"
    case revokeLeases = "revoke_leases"
    case tetherLease = "tether_lease"
    case untetherLease = "untether_lease"
    case reviews = "list_reviews"
    case showReview = "show_review"
    case concludeReview = "conclude_review"
    case lockdowns = "list_lockdowns"
    case startLockdown = "start_lockdown"
    case endLockdown = "end_lockdown"
    case sessions = "list_sessions"
    case showSession = "show_session"
    case killSession = "kill_session"
    case roles = "list_roles"
    case who = "show_who"
    case reap = "reap_roles"
    case accessReport = "report_access"
    case breakGlassReport = "report_break_glass"
    case approvalsReport = "report_approvals"
    case unusedReport = "report_unused"
    case accessReview = "report_review"
    case signOffReview = "sign_off_review"
    case signOff = "show_sign_off"
    case audit = "list_audit"
    case followAudit = "follow_audit"
    case exportAudit = "export_audit"
    case auditCheckpoints = "list_audit_checkpoints"
    case databases = "list_databases"
    case notificationTargets = "list_notification_targets"
    case mfa = "show_mfa"
    case enrollMFA = "enroll_mfa"
    case confirmMFA = "confirm_mfa"
    case resetMFA = "reset_mfa"

    /// The OpenAPI `operationId`.
    public var operationID: String { rawValue }

    public var method: HTTPVerb { entry.0 }

    /// The path, with `{id}` for a parameter.
    public var path: String { entry.1 }

    public var access: Access { entry.2 }

    /// Whether a call may bring a code of the caller's second factor (`MayflyHeader.code`).
    public var takesCode: Bool { Self.takingCode.contains(self) }

    /// Whether auditors and administrators see by it what is not their own.
    public var showsOthers: Bool { Self.showingOthers.contains(self) }

    private static let showingOthers: Set<Route> = [
        .requests, .showRequest, .followRequest, .leases, .showLease, .showPrivileges, .showTimeline,
        .sessions,
        .showSession, .reviews, .showReview,
        .roles,
        .who, .audit, .followAudit, .exportAudit,
    ]

    private static let takingCode: Set<Route> = [
        .createRequest, .approveRequest, .denyRequest, .redeemRequest, .extendLease,
    ]

    /// The path with its parameter filled in, percent-encoded.
    public func path(id: String) -> String {
        path.split(separator: "{id}", maxSplits: 1, omittingEmptySubsequences: false)
            .joined(separator: PercentEncoding.segment(id))
    }

    private var entry: (HTTPVerb, String, Access) {
        switch self {
        case .health: (.get, "/v1/health", .anyone)
        case .openAPI: (.get, "/v1/openapi.json", .anyone)
        case .metrics: (.get, "/v1/metrics", .auditor)
        case .whoAmI: (.get, "/v1/whoami", .identified)
        case .profiles: (.get, "/v1/profiles", .identified)
        case .explain: (.post, "/v1/explain", .identified)
        case .createRequest: (.post, "/v1/requests", .identified)
        case .requests: (.get, "/v1/requests", .concerned)
        case .showRequest: (.get, "/v1/requests/{id}", .concerned)
        case .approveRequest: (.post, "/v1/requests/{id}/approve", .approver)
        case .denyRequest: (.post, "/v1/requests/{id}/deny", .approver)
        case .attachApproval: (.post, "/v1/requests/{id}/approval", .identified)
        case .withdrawRequest: (.post, "/v1/requests/{id}/withdraw", .own)
        case .redeemRequest: (.post, "/v1/requests/{id}/redeem", .own)
        case .followRequest: (.get, "/v1/requests/{id}/follow", .concerned)
        case .leases: (.get, "/v1/leases", .ownOrAuditor)
        case .showLease: (.get, "/v1/leases/{id}", .ownOrAuditor)
        case .showPrivileges: (.get, "/v1/leases/{id}/privileges", .ownOrAuditor)
        case .showTimeline: (.get, "/v1/leases/{id}/timeline", .ownOrAuditor)
        case .renewLease: (.post, "/v1/leases/{id}/renew", .own)
        case .extendLease: (.post, "/v1/leases/{id}/extend", .own)
        case .revokeLease: (.post, "/v1/leases/{id}/revoke", .ownOrAdministrator)
        case .revokeLeases: (.post, "/v1/leases/revoke", .ownOrAdministrator)
        case .tetherLease: (.post, "/v1/leases/{id}/tether", .own)
        case .untetherLease: (.post, "/v1/leases/{id}/untether", .own)
        case .reviews: (.get, "/v1/reviews", .concerned)
        case .showReview: (.get, "/v1/reviews/{id}", .concerned)
        case .concludeReview: (.post, "/v1/reviews/{id}/conclude", .reviewer)
        case .lockdowns: (.get, "/v1/lockdowns", .identified)
        case .startLockdown: (.post, "/v1/lockdowns", .administrator)
        case .endLockdown: (.post, "/v1/lockdowns/{id}/end", .administrator)
        case .sessions: (.get, "/v1/sessions", .ownOrAuditor)
        case .showSession: (.get, "/v1/sessions/{id}", .ownOrAuditor)
        case .killSession: (.post, "/v1/sessions/{id}/kill", .administrator)
        case .roles: (.get, "/v1/roles", .ownOrAuditor)
        case .who: (.get, "/v1/who/{id}", .ownOrAuditor)
        case .reap: (.post, "/v1/databases/{id}/reap", .administrator)
        case .accessReport: (.get, "/v1/reports/access", .ownOrAuditor)
        case .breakGlassReport: (.get, "/v1/reports/break-glass", .ownOrAuditor)
        case .approvalsReport: (.get, "/v1/reports/approvals", .ownOrAuditor)
        case .unusedReport: (.get, "/v1/reports/unused", .auditor)
        case .accessReview: (.get, "/v1/reports/review/{id}", .auditor)
        case .signOffReview: (.post, "/v1/reports/review/{id}/sign-off", .auditor)
        case .signOff: (.get, "/v1/sign-offs/{id}", .auditor)
        case .audit: (.get, "/v1/audit", .ownOrAuditor)
        case .followAudit: (.get, "/v1/audit/follow", .ownOrAuditor)
        case .exportAudit: (.get, "/v1/audit/export", .auditor)
        case .auditCheckpoints: (.get, "/v1/audit/checkpoints", .auditor)
        case .databases: (.get, "/v1/databases", .identified)
        case .notificationTargets: (.get, "/v1/notifications", .auditor)
        case .mfa: (.get, "/v1/mfa", .identified)
        case .enrollMFA: (.post, "/v1/mfa/enroll", .identified)
        case .confirmMFA: (.post, "/v1/mfa/confirm", .identified)
        case .resetMFA: (.post, "/v1/mfa/reset", .administrator)
        }
    }
}
