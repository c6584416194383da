import MayflyCore

/// One line of what `mayflyd check` says.
struct CheckLine: Encodable {
    /// `configuration`, or the database that was looked at.
    var subject: String
    var severity: String
    var check: String
    var message: String
    /// What a DBA would run.
    var statement: String?

    init(subject: String, _ finding: Finding) {
        self.subject = subject
        severity = finding.severity.rawValue
        check = finding.check
        message = finding.message
        statement = finding.statement
    }

    init(_ problem: ConfigurationProblem, severity: Finding.Severity) {
        self.init(subject: "configuration", Finding(severity, "configuration", problem.description))
    }
}
