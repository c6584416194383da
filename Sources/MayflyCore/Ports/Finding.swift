/// One line of a preflight.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Sendable, Comparable {
        case ok, note, warning, error
        package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
        private var rank: Int {
            switch self {
            case .ok: 0
            case .note: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    package var severity: Severity
    /// What was looked at, such as `guard` or `tls`.
    package var check: String
    package var message: String
    /// What a DBA would run to mend it.
    package var statement: String?

    package init(_ severity: Severity, _ check: String, _ message: String, statement: String? = nil) {
        self.severity = severity
        self.check = check
        self.message = message
        self.statement = statement
    }
}
