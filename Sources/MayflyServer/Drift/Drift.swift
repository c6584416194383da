package import Foundation
import MayflyCore

/// How a profile's group role differs from its scope, since when. Kept in the state: what was on record before a restart
/// is not news after it.
package struct Drift: Hashable, Sendable, Codable {
    package var group: String
    /// What is different, a line each: the statements that mend it, and what none mends.
    package var differences: [String]
    /// The statements among them, for a DBA.
    package var statements: [String]
    package var since: Date

    init(_ plan: ProfilePlan, since: Date) {
        group = plan.group
        differences = plan.differences
        statements = plan.steps.map(\.statement)
        self.since = since
    }

    /// Whether it reads the same, whenever it was found.
    func isSame(as other: Drift) -> Bool { group == other.group && differences == other.differences }

    /// For a record and for `status`: the first of them.
    static func excerpt(_ lines: [String], limit: Int = 20) -> String {
        lines.prefix(limit).map { String($0.prefix(500)) }.joined(separator: "\n")
            + (lines.count > limit ? "\n-- … and \(lines.count - limit) more" : "")
    }
}
