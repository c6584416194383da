import MayflyCore
import SQLClients

/// The SQLSTATEs that the guard gives its own refusals; its SQL explains them.
enum GuardCode {
    static let malformed = SQLState("MF001")
    static let notOurs = SQLState("MF004")
    static let tooManyLive = SQLState("MF006")
    static let tooManyIssues = SQLState("MF007")
    static let stillInUse = SQLState("MF009")
    static let readOnly = SQLState("MF011")
    /// PostgreSQL: somebody's code would run with the guard's rights.
    static let foreignCode = SQLState("MF018")
    /// MariaDB and MySQL.
    static let stillHanging = SQLState("MF015")
    /// No part of what the groups have.
    static let noPart = SQLState("MF020")
    /// MariaDB and MySQL: no DBA gave the guard the right to hand it on.
    static let notGiven = SQLState("MF021")
    /// MariaDB and MySQL: the account whose rights the guard has lost one.
    static let powerless = SQLState("MF016")

    /// What a refusal means to the broker; nil for a code that is not the guard's.
    static func kind(of state: SQLState) -> EngineFailure.Kind? {
        switch state {
        case readOnly: .readOnly
        case tooManyLive, tooManyIssues: .tooMany
        case malformed: .invalid
        case powerless: .guardUnusable
        default: state.errorClass == "MF" ? .refusedByGuard : nil
        }
    }
}
