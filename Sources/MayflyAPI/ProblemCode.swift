/// The stable codes of problem documents. Each has its HTTP status, title and exit code in `ProblemCode.table`.
///
/// Open: a newer daemon may send a code that is not listed here; then the HTTP status tells.
public struct ProblemCode: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Not a request that the API knows: malformed JSON, unknown member, wrong type, bad header.
    public static let invalidRequest = ProblemCode(rawValue: "invalid_request")
    /// The path exists, the method does not.
    public static let methodNotAllowed = ProblemCode(rawValue: "method_not_allowed")
    /// The body is not `application/json`.
    public static let unsupportedMediaType = ProblemCode(rawValue: "unsupported_media_type")
    /// Policy says no, or no rule matches.
    public static let denied = ProblemCode(rawValue: "denied")
    /// A lockdown is in force. Members: `retry_after_seconds`, where it ends by itself.
    public static let lockdown = ProblemCode(rawValue: "lockdown")
    /// People have to approve first.
    public static let approvalRequired = ProblemCode(rawValue: "approval_required")
    /// The signed approval is not taken: not believed, for another request, or used before.
    public static let approvalInvalid = ProblemCode(rawValue: "approval_invalid")
    /// Somebody who holds, or lately held, another profile may not have this one.
    public static let conflictingDuties = ProblemCode(rawValue: "conflicting_duties")
    /// A second factor is demanded.
    public static let mfaRequired = ProblemCode(rawValue: "mfa_required")
    /// The code is wrong, was used already, or there is no second factor that it could be of.
    public static let mfaInvalid = ProblemCode(rawValue: "mfa_invalid")
    /// After too many wrong codes none is taken for a while. Members: `retry_after_seconds`.
    public static let mfaLocked = ProblemCode(rawValue: "mfa_locked")
    /// Second factors are not set up here, or their key file is not the one they were sealed with.
    public static let mfaUnavailable = ProblemCode(rawValue: "mfa_unavailable")
    /// The token is not taken. Members: `failure`, the kind of thing that is wrong with it.
    public static let tokenInvalid = ProblemCode(rawValue: "token_invalid")
    /// The call comes from a web page (an `Origin` or a foreign `Host`).
    public static let foreignOrigin = ProblemCode(rawValue: "foreign_origin")
    /// There is none, or it is not the caller's to see.
    public static let notFound = ProblemCode(rawValue: "not_found")
    /// The state of the thing forbids it, such as renewing a lease that is over.
    public static let conflict = ProblemCode(rawValue: "conflict")
    /// The idempotency key was used for something else, is too old, or its lease was already used.
    public static let idempotencyConflict = ProblemCode(rawValue: "idempotency_conflict")
    /// The body or a header is too large.
    public static let tooLarge = ProblemCode(rawValue: "too_large")
    /// The TTL is above what the caller may have. Members: `maximum_ttl_seconds`.
    public static let ttlAboveMaximum = ProblemCode(rawValue: "ttl_above_maximum")
    /// The TTL is zero, negative or not a number of seconds.
    public static let ttlInvalid = ProblemCode(rawValue: "ttl_invalid")
    /// The profile asks for a reason.
    public static let reasonRequired = ProblemCode(rawValue: "reason_required")
    /// The reason is too long or too short, does not fit the rule's pattern, or has control characters.
    public static let reasonInvalid = ProblemCode(rawValue: "reason_invalid")
    /// A rule asks for a ticket.
    public static let ticketRequired = ProblemCode(rawValue: "ticket_required")
    /// The ticket is too long, does not fit the rule's pattern, or has control characters.
    public static let ticketInvalid = ProblemCode(rawValue: "ticket_invalid")
    /// The caller, the profile or the database has as many live leases as allowed. Members: `maximum_active`.
    public static let tooManyActive = ProblemCode(rawValue: "too_many_active")
    /// The caller made as many requests within an hour as the rule takes. Members: `maximum_requests_per_hour`.
    public static let tooManyRequests = ProblemCode(rawValue: "too_many_requests")
    /// The caller has as many calls in the works as allowed. Members: `maximum_calls`.
    public static let tooManyCalls = ProblemCode(rawValue: "too_many_calls")
    /// The server cannot be reached.
    public static let databaseUnreachable = ProblemCode(rawValue: "database_unreachable")
    /// The server refused.
    public static let databaseError = ProblemCode(rawValue: "database_error")
    /// The guard is missing, old, altered, or refused.
    public static let guardError = ProblemCode(rawValue: "guard_error")
    /// The profile's group role is not as its grants say, and the configuration stops it for that.
    public static let scopeDrift = ProblemCode(rawValue: "scope_drift")
    /// The record cannot be written: no record, no access.
    public static let stateUnwritable = ProblemCode(rawValue: "state_unwritable")
    /// The caller's name and groups could not be looked up in time.
    public static let identityUnavailable = ProblemCode(rawValue: "identity_unavailable")
    /// The daemon is ending.
    public static let shuttingDown = ProblemCode(rawValue: "shutting_down")
    /// The database, or something else, did not answer in time.
    public static let timedOut = ProblemCode(rawValue: "timed_out")
    /// A mistake of the daemon's. Its log knows more, under the reply's `instance`.
    public static let internalError = ProblemCode(rawValue: "internal")

    public static var known: [Self] { table.map(\.code) }
}
