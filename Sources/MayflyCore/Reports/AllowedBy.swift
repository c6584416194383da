/// Who, or what, let a lease come to be.
package enum AllowedBy: String, Hashable, Sendable, CaseIterable {
    /// Its rule, at once.
    case automatic
    /// People who voted on it here.
    case people
    /// What an approval authority signed, in part or in all.
    case signedApproval = "signed_approval"
    /// Nobody: it was taken in an emergency, and is reviewed afterwards.
    case breakGlass = "break_glass"

    package init(_ lease: Lease, _ request: AccessRequest) {
        if lease.isBreakGlass {
            self = .breakGlass
            return
        }
        let approvals = request.course?.votes.filter { $0.verdict == .approve } ?? []
        if approvals.isEmpty {
            self = .automatic
        } else {
            self = approvals.contains { $0.authority != nil } ? .signedApproval : .people
        }
    }
}
