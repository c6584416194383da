import Foundation
import MayflyAPI
import MayflyCore

/// What `mayflyd check` found, for people or for programs.
struct CheckReport: Encodable {
    private(set) var findings: [CheckLine] = []
    /// A server could not be reached.
    var isUnreachable = false

    private enum CodingKeys: String, CodingKey { case findings }

    mutating func add(_ subject: String, _ findings: [MayflyCore.Finding]) {
        self.findings += findings.map { CheckLine(subject: subject, $0) }
    }

    mutating func add(_ problems: [ConfigurationProblem], severity: MayflyCore.Finding.Severity) {
        findings += problems.map { CheckLine($0, severity: severity) }
    }

    func count(_ severity: MayflyCore.Finding.Severity) -> Int {
        findings.count { $0.severity == severity.rawValue }
    }

    var hasErrors: Bool { count(.error) > 0 }

    /// `severity  subject  check  message`, in columns, each statement indented below its line.
    var table: String {
        func width(_ column: (CheckLine) -> String) -> Int { findings.map { column($0).count }.max() ?? 0 }
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let subjects = width(\.subject)
        let checks = width(\.check)
        var lines: [String] = []
        for finding in findings {
            let columns = [
                padded(finding.severity, 7), padded(finding.subject, subjects), padded(finding.check, checks),
                finding.message,
            ]
            // A server's names of roles and tables are anybody's text.
            lines.append(columns.joined(separator: "  ").printable)
            if let statement = finding.statement {
                lines += statement.split(separator: "\n", omittingEmptySubsequences: false).map {
                    "           " + String($0).printable
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self).printableJSON
    }
}
