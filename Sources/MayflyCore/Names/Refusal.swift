/// Why something was not done, said to the person who asked: what is wrong, with which field and value, and
/// what would help.
///
/// A refusal never carries a secret. `code` is stable and stands in the API's problem documents; `message`
/// is for people and may change.
package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case ttlInvalid = "ttl_invalid"
        case ttlAboveMaximum = "ttl_above_maximum"
        case reasonInvalid = "reason_invalid"
        case reasonRequired = "reason_required"
        case ticketInvalid = "ticket_invalid"
        case ticketRequired = "ticket_required"
        case mfaRequired = "mfa_required"
        case mfaInvalid = "mfa_invalid"
        case mfaLocked = "mfa_locked"
        case mfaUnavailable = "mfa_unavailable"
        case denied
        case lockdown
        case approvalRequired = "approval_required"
        case approvalInvalid = "approval_invalid"
        case conflictingDuties = "conflicting_duties"
        case notFound = "not_found"
        case conflict
        case idempotencyConflict = "idempotency_conflict"
        case tooManyActive = "too_many_active"
        case tooManyRequests = "too_many_requests"
        case tooManyCalls = "too_many_calls"
        case databaseUnreachable = "database_unreachable"
        case databaseError = "database_error"
        case guardError = "guard_error"
        case scopeDrift = "scope_drift"
        case timedOut = "timed_out"
        case stateUnwritable = "state_unwritable"
        case shuttingDown = "shutting_down"
        case `internal`
    }

    package var code: Code
    package var message: String
    /// The request's field that is wrong, where one is.
    package var field: String?
    /// What the caller can do about it.
    package var hint: String?
    /// Figures that a program may want, such as `maximum_ttl_seconds`.
    package var figures: [String: Int]

    package init(
        _ code: Code, _ message: String, field: String? = nil, hint: String? = nil,
        figures: [String: Int] = [:]
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.hint = hint
        self.figures = figures
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
