import MayflyCore
import SQLClients

extension EngineFailure {
    /// What an error of a whole call means to the broker.
    init(_ error: PostgreSQLError) {
        switch error {
        case .cannotConnect(let failures): self.init(connecting: failures)
        case .server(let report): self.init(report)
        case .connectionLost, .timedOut, .cancelled:
            self.init(.outcomeUnknown, error.description)
        case .closed: self.init(.unreachable, error.description)
        case .invalidValue(let what): self.init(.invalid, what)
        case .unexpectedAnswer(let what):
            self.init(.guardUnusable, what, hint: "is the guard of this program's version?")
        }
    }

    private init(connecting failures: [HostFailure<SQLState>]) {
        let message =
            failures.isEmpty
            ? "no connection became free in time" : failures.map(\.description).joined(separator: "; ")
        for failure in failures {
            guard case .refused(let state) = failure.reason else { continue }
            self.init(Self.kind(ofRefusedLogin: state), code: state.code, message)
            return
        }
        let isReadOnly = failures.contains { $0.reason == .readOnly }
        self.init(isReadOnly ? .readOnly : .unreachable, message)
    }

    private static func kind(ofRefusedLogin state: SQLState) -> Kind {
        switch state {
        case .invalidPassword, .invalidAuthorization: .notAuthenticated
        case .invalidCatalogName, .insufficientPrivilege: .guardUnusable
        case .tooManyConnections: .overloaded
        default: state.errorClass == "53" ? .overloaded : .unreachable
        }
    }

    /// - Parameter report: of a whole call, or of one member of a batch.
    init(_ report: ServerReport) {
        let state = report.sqlState
        // The texts of the guard's own codes are the guard's: short, and without what was not ours to say.
        let message = state.errorClass == "MF" ? report.message : state.meaning
        self.init(Self.kind(of: state), code: state.code, message)
        switch state {
        case .undefinedFunction, .invalidSchemaName, .undefinedTable:
            self.message = "the guard is missing or of another version"
            hint = "run `mayflyd guard print DATABASE` and have a DBA install it"
        case .insufficientPrivilege:
            self.message = "our account lacks a right on the server"
            hint = "`mayflyd check --connect` says what is missing"
        default: break
        }
    }

    private static func kind(of state: SQLState) -> Kind {
        if let kind = GuardCode.kind(of: state) { return kind }
        return switch state {
        case .undefinedFunction, .invalidSchemaName, .undefinedTable, .insufficientPrivilege: .guardUnusable
        case .readOnlyTransaction: .readOnly
        case .adminShutdown, .crashShutdown, .cannotConnectNow: .unreachable
        default:
            switch state.errorClass {
            case "53": .overloaded
            case "22": .invalid
            default: .serverError
            }
        }
    }
}
