import SQLClients

/// The SQLSTATEs that the guard gives its own refusals; `guard-core.sql` explains them.
enum GuardCode {
    static let malformed = SQLState("MF001")
    static let notOurs = SQLState("MF004")
    static let tooManyLive = SQLState("MF006")
    static let tooManyIssues = SQLState("MF007")
    static let stillInUse = SQLState("MF009")
    static let readOnly = SQLState("MF011")
}
