extension ProblemCode {
    /// What belongs to a code.
    public struct Entry: Sendable {
        public let code: ProblemCode
        /// The HTTP status that it is sent with.
        public let status: Int
        /// The problem document's `title`: the same for every problem of this code.
        public let title: String
        /// What the command exits with.
        public let exit: ExitStatus

        init(_ code: ProblemCode, _ status: Int, _ title: String, _ exit: ExitStatus) {
            self.code = code
            self.status = status
            self.title = title
            self.exit = exit
        }
    }

    /// Every code that this version knows.
    public static let table: [Entry] = [
        Entry(.invalidRequest, 400, "The request is not valid", .usage),
        Entry(.tokenInvalid, 401, "The token is not taken", .denied),
        Entry(.denied, 403, "Not allowed", .denied),
        Entry(.lockdown, 403, "A lockdown is in force", .denied),
        Entry(.approvalRequired, 403, "Approval is required", .denied),
        Entry(.approvalInvalid, 403, "The approval is not taken", .denied),
        Entry(.conflictingDuties, 403, "Not together with what you hold or held", .denied),
        Entry(.mfaRequired, 403, "A second factor is required", .denied),
        Entry(.mfaInvalid, 403, "The code is not right", .denied),
        Entry(.foreignOrigin, 403, "Not for web pages", .denied),
        Entry(.notFound, 404, "Not found", .notFound),
        Entry(.methodNotAllowed, 405, "Method not allowed", .protocolError),
        Entry(.conflict, 409, "Not possible in this state", .conflict),
        Entry(.idempotencyConflict, 409, "The idempotency key cannot be used again", .conflict),
        Entry(.tooLarge, 413, "Too large", .usage),
        Entry(.unsupportedMediaType, 415, "Not JSON", .protocolError),
        Entry(.ttlAboveMaximum, 422, "The TTL is above the maximum", .refusedValue),
        Entry(.ttlInvalid, 422, "The TTL is not valid", .refusedValue),
        Entry(.reasonRequired, 422, "A reason is required", .refusedValue),
        Entry(.reasonInvalid, 422, "The reason is not valid", .refusedValue),
        Entry(.ticketRequired, 422, "A ticket is required", .refusedValue),
        Entry(.ticketInvalid, 422, "The ticket is not valid", .refusedValue),
        Entry(.tooManyActive, 429, "Too many live leases", .conflict),
        Entry(.tooManyRequests, 429, "Too many requests within an hour", .conflict),
        Entry(.tooManyCalls, 429, "Too many calls at once", .timedOut),
        Entry(.mfaLocked, 429, "Too many wrong codes", .denied),
        Entry(.internalError, 500, "Internal error", .internalError),
        Entry(.databaseError, 502, "The database refused", .internalError),
        Entry(.guardError, 502, "The guard is not usable", .internalError),
        Entry(.databaseUnreachable, 503, "The database cannot be reached", .databaseUnreachable),
        Entry(.scopeDrift, 503, "The group role is not as it should be", .internalError),
        Entry(.stateUnwritable, 503, "The record cannot be written", .notRecorded),
        Entry(.mfaUnavailable, 503, "Second factors cannot be checked", .internalError),
        Entry(.identityUnavailable, 503, "The caller could not be identified", .timedOut),
        Entry(.shuttingDown, 503, "The daemon is ending", .daemonUnreachable),
        Entry(.timedOut, 504, "No answer in time", .timedOut),
    ]

    private static let byCode = Dictionary(uniqueKeysWithValues: table.map { ($0.code, $0) })

    /// The table's entry; nil for a code that this version does not know.
    public var entry: Entry? { Self.byCode[self] }

    /// The HTTP status; 500 for an unknown code.
    public var status: Int { entry?.status ?? 500 }

    /// The exit code; for an unknown code by the HTTP status it came with.
    public func exit(status: Int) -> ExitStatus {
        if let entry { return entry.exit }
        switch status {
        case 401, 403: return .denied
        case 404: return .notFound
        case 409, 429: return .conflict
        case 422: return .refusedValue
        case 504: return .timedOut
        case 400..<500: return .usage
        default: return .internalError
        }
    }
}
