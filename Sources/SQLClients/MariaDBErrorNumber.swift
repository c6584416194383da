/// The number by which MariaDB or MySQL, or their client library, says what went wrong; the only thing that we
/// branch on.
///
/// https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference and
/// https://dev.mysql.com/doc/mysql-errors/en/: the same numbers up to 1900, each its own above.
package struct MariaDBErrorNumber: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ number: UInt32) { rawValue = number }

    /// 2000 and 5000 begin the numbers of the library's own: the server said nothing.
    package var isOfTheLibrary: Bool { (2000..<3000).contains(rawValue) || (5000..<6000).contains(rawValue) }

    // Of the server.
    package static let diskFull = Self(1021)
    package static let outOfMemory = Self(1037)
    package static let tooManyConnections = Self(1040)
    package static let outOfResources = Self(1041)
    package static let databaseAccessDenied = Self(1044)
    package static let accessDenied = Self(1045)
    package static let unknownDatabase = Self(1049)
    package static let shuttingDown = Self(1053)
    package static let tableFull = Self(1114)
    package static let hostBlocked = Self(1129)
    package static let hostNotAllowed = Self(1130)
    package static let grantMissing = Self(1141)
    package static let tableAccessDenied = Self(1142)
    package static let tableMissing = Self(1146)
    package static let accountHasTooMany = Self(1203)
    package static let lockWaitTimeout = Self(1205)
    package static let deadlock = Self(1213)
    package static let privilegeMissing = Self(1227)
    package static let accountOverItsLimit = Self(1226)
    package static let notWithThisOption = Self(1290)
    package static let procedureMissing = Self(1305)
    package static let queryInterrupted = Self(1317)
    package static let routineAccessDenied = Self(1370)
    package static let cannotChangeAccount = Self(1396)
    package static let definerMissing = Self(1449)
    package static let pluginNotLoaded = Self(1524)
    package static let raisedByRoutine = Self(1644)
    package static let accessDeniedWithoutPassword = Self(1698)
    package static let readOnly = Self(1792)
    package static let passwordRefused = Self(1819)
    package static let mustChangePassword = Self(1820)
    package static let readOnlyServer = Self(1836)
    package static let passwordExpired = Self(1862)
    package static let connectionKilled = Self(1927)
    package static let statementTimedOut = Self(1969)
    package static let queryTimedOut = Self(3024)
    package static let accountLocked = Self(3118)
    package static let sessionKilled = Self(3169)
    package static let accountIsLocked = Self(4151)

    // Of the library.
    package static let noSocket = Self(2002)
    package static let hostUnreachable = Self(2003)
    package static let unknownHost = Self(2005)
    package static let serverGone = Self(2006)
    package static let badHandshake = Self(2012)
    package static let serverLost = Self(2013)
    package static let tlsFailed = Self(2026)
    package static let authenticationPluginMissing = Self(2059)
    package static let authenticationFailed = Self(2061)
    package static let authenticationNotAllowed = Self(5010)
}

extension MariaDBErrorNumber: ServerErrorCode {
    package var description: String { String(rawValue) }

    /// By number, so that it doesn't depend on the server's language.
    package var meaning: String {
        switch self {
        case .tooManyConnections, .accountHasTooMany: "no connection left"
        case .accountOverItsLimit: "the account is over one of its limits"
        case .accessDenied, .accessDeniedWithoutPassword: "wrong password, or login not allowed"
        case .hostNotAllowed, .hostBlocked: "login not allowed from this host"
        case .accountLocked, .accountIsLocked: "the account is locked"
        case .databaseAccessDenied, .tableAccessDenied, .privilegeMissing, .grantMissing,
            .routineAccessDenied:
            "permission denied"
        case .passwordExpired, .mustChangePassword: "the account's password has expired"
        case .passwordRefused: "the password policy is against it"
        case .diskFull, .tableFull, .outOfMemory, .outOfResources: "out of resources"
        case .unknownDatabase: "no such database"
        case .tableMissing: "no such table"
        case .procedureMissing: "no such procedure"
        case .shuttingDown: "shutting down"
        case .lockWaitTimeout: "waited too long for a lock"
        case .deadlock: "collided with another transaction"
        case .notWithThisOption, .readOnly, .readOnlyServer:
            "an option of the server is against it (read-only, or a password policy)"
        case .queryInterrupted, .connectionKilled, .sessionKilled: "interrupted by an operator"
        case .statementTimedOut, .queryTimedOut: "over its time limit"
        case .cannotChangeAccount: "the account exists already, or does not exist"
        case .definerMissing: "its definer does not exist"
        case .pluginNotLoaded: "an authentication plugin is not loaded on the server"
        case .noSocket, .hostUnreachable: "nobody answers there"
        case .unknownHost: "no such host"
        case .serverGone, .serverLost, .badHandshake: "the connection was lost"
        case .tlsFailed: "no TLS, or a certificate that is not the server's"
        case .authenticationPluginMissing: "the client library's plugin for this login is not installed"
        case .authenticationFailed: "the login's method failed"
        case .authenticationNotAllowed:
            "the server wants the password in a way that would show it to whoever is at the other end"
        default: isOfTheLibrary ? "connection trouble" : "refused"
        }
    }
}
