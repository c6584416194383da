/// The exit codes of `mayfly`, after sysexits.h where it has a word for the case. Stable.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case usage = 64
    case refusedValue = 65
    case notFound = 66
    case daemonUnreachable = 68
    case databaseUnreachable = 69
    case internalError = 70
    case conflict = 73
    case notRecorded = 74
    case timedOut = 75
    case protocolError = 76
    case denied = 77
    case notWhole = 79
    case commandNotExecutable = 126
    case commandNotFound = 127

    /// What the code tells, as in the help page.
    public var meaning: String {
        switch self {
        case .success: "done"
        case .usage: "wrong usage of the command"
        case .refusedValue: "a value was refused (TTL above the maximum, reason missing, …)"
        case .notFound: "no such lease, request or user, or not yours to see"
        case .daemonUnreachable: "the daemon cannot be reached"
        case .databaseUnreachable: "the database cannot be reached"
        case .internalError: "the daemon, the guard or the database failed"
        case .conflict: "not possible now (people decide first, lease over, too many leases, …)"
        case .notRecorded: "the daemon cannot write its record, so it gives no access"
        case .timedOut: "no answer in time"
        case .protocolError: "what answers is not a mayflyd, or of another version"
        case .denied: "not allowed, by policy or by the socket's permissions"
        case .notWhole: "the audit log is not whole: it was tampered with, or is damaged"
        case .commandNotExecutable: "exec, connect: the command cannot be executed"
        case .commandNotFound: "exec, connect: there is no such command"
        }
    }
}
