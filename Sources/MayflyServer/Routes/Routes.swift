import MayflyAPI
import MayflyCore

/// The handlers, one for each entry of the route table.
struct Routes: Sendable {
    let timekeeper: Timekeeper
    let streams: PlaceLedger
    let directory: IdentityDirectory
    /// Has the audit log signed up to its end.
    /// - Returns: the record that it is signed up to; nil where that failed.
    var seal: @Sendable () async -> Int64? = { nil }

    /// Parses a call into what is to be done. Exhaustive: a route without a handler does not compile.
    /// - Throws: what is wrong with the call itself.
    func action(for call: Call) throws(Refusal) -> Action {
        switch call.route {
        case .health: try health(call)
        case .openAPI: try openAPI(call)
        case .metrics: try metrics(call)
        case .whoAmI: try whoAmI(call)
        case .profiles: try profiles(call)
        case .explain: try explain(call)
        case .createRequest: try createRequest(call)
        case .requests: try requests(call)
        case .showRequest: try showRequest(call)
        case .approveRequest: try vote(.approve, call)
        case .denyRequest: try vote(.deny, call)
        case .attachApproval: try attachApproval(call)
        case .withdrawRequest: try withdrawRequest(call)
        case .redeemRequest: try redeemRequest(call)
        case .followRequest: try followRequest(call)
        case .leases: try leases(call)
        case .showLease: try showLease(call)
        case .showPrivileges: try showPrivileges(call)
        case .showTimeline: try showTimeline(call)
        case .renewLease: try renewLease(call)
        case .extendLease: try extendLease(call)
        case .revokeLease: try revokeLease(call)
        case .revokeLeases: try revokeLeases(call)
        case .tetherLease: try tetherLease(call)
        case .untetherLease: try untetherLease(call)
        case .reviews: try reviews(call)
        case .showReview: try showReview(call)
        case .concludeReview: try concludeReview(call)
        case .lockdowns: try lockdowns(call)
        case .startLockdown: try startLockdown(call)
        case .endLockdown: try endLockdown(call)
        case .sessions: try sessions(call)
        case .showSession: try showSession(call)
        case .killSession: try killSession(call)
        case .roles: try roles(call)
        case .who: try who(call)
        case .reap: try reap(call)
        case .accessReport: try accessReport(call)
        case .breakGlassReport: try breakGlassReport(call)
        case .approvalsReport: try approvalsReport(call)
        case .unusedReport: try unusedReport(call)
        case .accessReview: try accessReview(call)
        case .signOffReview: try signOffReview(call)
        case .signOff: try signOff(call)
        case .audit: try audit(call)
        case .followAudit: try followAudit(call)
        case .exportAudit: try exportAudit(call)
        case .auditCheckpoints: try auditCheckpoints(call)
        case .databases: try databases(call)
        case .notificationTargets: try notificationTargets(call)
        case .mfa: try mfa(call)
        case .enrollMFA: try enrollMFA(call)
        case .confirmMFA: try confirmMFA(call)
        case .resetMFA: try resetMFA(call)
        }
    }
}
