package enum RevokeOutcome: Hashable, Sendable {
    /// The role does not exist (any more), and that was looked at.
    case gone(sessionsEnded: Int, RevocationRemarks = .none)
    /// Login is off and sessions are cut, but the role cannot be dropped.
    case locked(Lease.Obstacle)
    /// Not done, or not known to be; try again.
    case failed(EngineFailure)

    /// The server did not answer: the next call is likely to fail in the same way.
    package var isUnanswered: Bool {
        guard case .failed(let failure) = self else { return false }
        switch failure.kind {
        case .unreachable, .notAuthenticated, .outcomeUnknown, .overloaded, .readOnly: return true
        case .guardUnusable, .refusedByGuard, .tooMany, .serverError, .invalid, .replica: return false
        }
    }
}
