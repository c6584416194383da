extension EngineFailure {
    /// What requesters may know: nothing of hosts, accounts and paths, which `message` may name. Administrators find the
    /// rest in the status and in the log.
    package var publicMessage: String {
        switch kind {
        case .unreachable: "the server cannot be reached"
        case .notAuthenticated: "the broker's own account cannot log in"
        case .overloaded: "the server has no room for more"
        case .readOnly: "no writable server was found"
        case .guardUnusable: "the guard cannot be used"
        case .replica: "a replica does not answer as it should"
        // Without a code it is not the server's word on a value, but ours on the configuration.
        case .invalid where code == nil: "the broker's account is not configured as it should be"
        case .outcomeUnknown, .refusedByGuard, .tooMany, .serverError, .invalid: message
        }
    }

    /// The same with kind and code, for the record.
    package var publicDescription: String {
        kind.rawValue + (code.map { " (\($0))" } ?? "") + ": " + publicMessage
    }
}
