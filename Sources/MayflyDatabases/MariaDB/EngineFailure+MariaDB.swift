import MayflyCore
import SQLClients

extension EngineFailure {
    /// What an error of a whole call means to the broker.
    init(_ error: MariaDBError) {
        switch error {
        case .cannotConnect(let failures): self.init(connecting: failures)
        case .server(let report): self.init(report)
        case .connectionLost, .timedOut, .cancelled: self.init(.outcomeUnknown, error.description)
        case .closed: self.init(.unreachable, error.description)
        case .invalidValue(let what): self.init(.invalid, what)
        case .unexpectedAnswer(let what):
            self.init(.guardUnusable, what, hint: "is the guard of this program's version?")
        }
    }

    private init(connecting failures: [HostFailure<MariaDBErrorNumber>]) {
        let message =
            failures.isEmpty
            ? "no connection became free in time" : failures.map(\.description).joined(separator: "; ")
        for failure in failures {
            guard case .refused(let number) = failure.reason else { continue }
            self.init(Self.kind(ofRefusedLogin: number), code: number.description, message)
            if number == .authenticationNotAllowed {
                hint = "use TLS (mode verify-full) or the server's Unix socket"
            }
            return
        }
        let isReadOnly = failures.contains { $0.reason == .readOnly }
        self.init(isReadOnly ? .readOnly : .unreachable, message)
    }

    private static func kind(ofRefusedLogin number: MariaDBErrorNumber) -> Kind {
        switch number {
        case .accessDenied, .accessDeniedWithoutPassword, .hostNotAllowed, .accountLocked, .accountIsLocked,
            .passwordExpired, .mustChangePassword, .pluginNotLoaded, .authenticationPluginMissing,
            .authenticationFailed, .authenticationNotAllowed:
            .notAuthenticated
        case .databaseAccessDenied, .unknownDatabase: .guardUnusable
        case .tooManyConnections, .accountHasTooMany, .accountOverItsLimit: .overloaded
        default: .unreachable
        }
    }

    private init(_ report: MariaDBReport) {
        // A procedure raised it itself: then the SQLSTATE says more.
        if report.number == .raisedByRoutine, let state = SQLState(report.sqlState),
            let kind = GuardCode.kind(of: state)
        {
            // The texts of the guard's own codes are the guard's: short, and without what was not ours to say.
            self.init(kind, code: state.code, report.message)
        } else {
            self.init(number: report.number)
        }
    }

    /// - Parameters:
    ///   - guardCode: what the guard says of one member of a batch: a code of its own, or the server's error number.
    ///   - message: the guard's words.
    init(guardCode: String, _ message: String) {
        if let state = SQLState(guardCode), let kind = GuardCode.kind(of: state) {
            self.init(kind, code: guardCode, message)
        } else if let number = UInt32(guardCode) {
            self.init(number: MariaDBErrorNumber(rawValue: number))
            if number == MariaDBErrorNumber.notWithThisOption.rawValue
                || number == MariaDBErrorNumber.passwordRefused.rawValue
            {
                // The guard looked at read_only before.
                kind = .serverError
                self.message = "the server's password policy takes no hashes"
                hint = "`mayflyd check --connect` says which; we never send a plain password instead"
            }
        } else {
            self.init(.guardUnusable, "the guard's answer is not what this version expects")
        }
    }

    private init(number: MariaDBErrorNumber) {
        self.init(Self.kind(of: number), code: number.description, number.meaning)
        switch number {
        case .procedureMissing, .unknownDatabase, .tableMissing, .definerMissing:
            message = "the guard is missing or of another version"
            hint = "run `mayflyd guard print DATABASE` and have a DBA install it"
        case .routineAccessDenied, .databaseAccessDenied, .tableAccessDenied, .privilegeMissing:
            message = "our account lacks a right on the server"
            hint = "`mayflyd check --connect` says what is missing"
        default: break
        }
    }

    private static func kind(of number: MariaDBErrorNumber) -> Kind {
        switch number {
        case .procedureMissing, .unknownDatabase, .tableMissing, .definerMissing, .routineAccessDenied,
            .databaseAccessDenied, .tableAccessDenied, .privilegeMissing:
            .guardUnusable
        case .notWithThisOption, .readOnly, .readOnlyServer: .readOnly
        case .tooManyConnections, .accountHasTooMany, .accountOverItsLimit, .diskFull, .tableFull,
            .outOfMemory, .outOfResources:
            .overloaded
        case .shuttingDown: .unreachable
        default: .serverError
        }
    }
}
