import MayflyCore

extension Refusal {
    /// What the caller is told of a server's failure.
    init(_ failure: EngineFailure, database: DatabaseName) {
        let code: Code
        var hint = failure.hint
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
        case .refusedByGuard: code = .guardError
        case .tooMany: code = .tooManyActive
        case .serverError, .invalid: code = .databaseError
        }
        self.init(code, "\(database): \(failure.message)", hint: hint)
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
        case .newerVersion, .corrupt, .other:
            self.init(.internal, "the broker cannot read its record", hint: "tell an administrator")
        }
    }
}
