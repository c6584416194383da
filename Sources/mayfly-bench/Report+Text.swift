import Foundation

extension Report {
    /// Markdown, which is a table on a terminal too.
    var text: String {
        var lines = [
            machine.description,
            "Each figure is the median of \(rounds) rounds of \(Self.number(seconds)) s.", "",
        ]
        lines += Self.table(
            ["scenario", "who", "at once", "leases/s", "p50 ms", "p99 ms"],
            rows.map {
                [
                    $0.scenario, $0.who, "\($0.atOnce)", Self.number($0.figures.perSecond),
                    Self.number($0.figures.p50), Self.number($0.figures.p99),
                ]
            })
        lines.append("")
        lines += Self.table(
            ["what", "found"], facts.map { [$0.name, "\(Self.number($0.value)) \($0.unit)"] })
        lines.append("")
        lines += Self.table(
            ["aim", "found", "wanted", ""],
            aims.map {
                let unit = $0.unit.isEmpty ? "" : " " + $0.unit
                return [
                    $0.name, Self.number($0.found) + unit,
                    ($0.bound == .atLeast ? "≥ " : "≤ ") + Self.number($0.aim) + unit,
                    $0.isMet ? "met" : "falls short",
                ]
            })
        return lines.joined(separator: "\n")
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        return [line(head), line(widths.map { String(repeating: "-", count: $0) })] + rows.map(line)
    }

    private static func number(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        return String(format: "%.\(digits)f", value)
    }
}
