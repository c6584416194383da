import MayflyCore

extension Refusal {
    /// What the caller is told of a server's failure.
    init(_ failure: EngineFailure, database: DatabaseName) {
        let code: Code
        // A hint may name what the message does.
        var hint = failure.publicMessage == failure.message ? failure.hint : nil
        switch failure.kind {
        case .unreachable, .overloaded, .readOnly:
            code = .databaseUnreachable
            hint = hint ?? "nothing was issued; try again, `mayfly status` shows the databases"
        case .notAuthenticated:
            code = .databaseUnreachable
            hint =
                hint
                ?? "the broker's own account is refused: tell an administrator (`mayflyd check --connect`)"
        case .outcomeUnknown:
            code = .timedOut
            hint = hint ?? "if a role was made it is being removed; try again"
        case .guardUnusable:
            code = .guardError
            hint =
                hint ?? "tell an administrator: `mayflyd check --connect` says what is wrong with the guard"
        case .refusedByGuard where failure.code == "MF020":
            self.init(
                .denied, "\(database): \(failure.publicMessage)", field: "tables",
                hint: "ask for tables and columns of the profile, or for all that it gives")
            return
        case .refusedByGuard:
            (code, hint) = Self.meaning(ofGuardCode: failure.code, hint: hint)
        case .tooMany:
            code = .tooManyActive
            hint = hint ?? "try again when some have ended"
        case .serverError, .invalid, .replica: code = .databaseError
        }
        self.init(code, "\(database): \(failure.publicMessage)", hint: hint)
    }

    /// What the guard's ordinary answers mean to who asked; the codes stand at the head of its script.
    private static func meaning(ofGuardCode code: String?, hint: String?) -> (Code, String?) {
        switch code {
        case "MF004", "MF008", "MF012": (.conflict, hint ?? "ask for a new lease")
        case "MF005": (.ttlAboveMaximum, hint ?? "ask for less: the guard's ceiling is below the profile's")
        case "MF006", "MF007": (.tooManyActive, hint ?? "try again when some have ended")
        default:
            (.guardError, hint ?? "tell an administrator: the guard does not allow what the profile says")
        }
    }

    /// What the caller is told when the state fails.
    init(_ error: StoreError) {
        switch error {
        case .unwritable:
            self.init(
                .stateUnwritable, "the broker cannot write its record, so no access is given out",
                hint: "tell an administrator: the disk of the broker's state may be full or read-only")
        case .idempotencyConflict:
            self.init(
                .idempotencyConflict, "this Idempotency-Key was used for another request",
                field: "Idempotency-Key", hint: "use a new key for a new request")
        case .approvalUsed:
            self.init(
                .approvalInvalid, "the approval was used before", field: "approval",
                hint: "there is one use for one approval: ask for another")
        case .searchGivenUp:
            self.init(
                .timedOut, "the search was given up, as it takes too long", field: "text",
                hint: "narrow it: longer words, or from when to when; or try again in a moment")
        case .newerVersion, .corrupt, .other:
            self.init(.internal, "the broker cannot read its record", hint: "tell an administrator")
        }
    }
}
