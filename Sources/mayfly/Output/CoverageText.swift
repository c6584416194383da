import MayflyAPI

/// What is not known of sessions, a line for each.
enum CoverageText {
    static func lines(_ coverage: [SessionCoverage]) -> [String] {
        coverage.flatMap { one in
            var lines: [String] = []
            if let problem = one.problem { lines.append("\(one.database) cannot be looked at: \(problem)") }
            for standby in one.standbysUnanswered ?? [] {
                lines.append("\(one.database): a standby's sessions cannot be looked at: \(standby)")
            }
            if let problem = one.statementsProblem {
                lines.append("\(one.database): what leases ran cannot be read: \(problem)")
            }
            if let count = one.endingsUnread {
                lines.append("\(one.database): \(count) answers about ended sessions could not be read")
            }
            return lines
        }.map(Escaping.printable)
    }
}
