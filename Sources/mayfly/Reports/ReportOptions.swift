import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

/// What every report takes.
struct ReportOptions: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Option(
        help: ArgumentHelp(
            "The beginning of the period: 30d, 17:30, 2026-07-30 or 2026-07-30T12:00:00Z. Default: 30 days before its end.",
            valueName: "time"), transform: { try PastTime.date($0) })
    var since: Date?

    @Option(
        help: ArgumentHelp("Its end, written likewise. Default: now.", valueName: "time"),
        transform: { try PastTime.date($0) })
    var until: Date?

    @Option(
        help:
            "How to write it: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")). Several tables are one below the other in CSV."
    )
    var format: ReportFormat = .table

    @Flag(help: "Same as --format json.")
    var json = false

    func validate() throws {
        if json, format != .table, format != .json {
            throw ValidationError("--json and --format \(format) exclude each other")
        }
        let period = period()
        guard period.from <= period.to else {
            throw ValidationError("--since must be before --until")
        }
    }

    var output: ReportFormat { json ? .json : format }

    /// To the millisecond, as it goes over the wire: what is printed can be asked for again.
    func period(now: Date = .now) -> (from: Date, to: Date) {
        let to = Self.cut(until ?? now)
        return (since.map(Self.cut) ?? to.addingTimeInterval(-30 * 86_400), to)
    }

    private static func cut(_ date: Date) -> Date {
        Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    func withClient<Result: Sendable>(_ body: (MayflyClient) async throws -> Result) async throws -> Result {
        try await daemon.withClient(body)
    }

    /// - Parameter document: what is written in all formats but JSON.
    func write(_ report: some Encodable, _ document: (ReportStyle) -> ReportDocument) throws {
        let style = ReportStyle(output)
        switch output {
        case .json: try Console.json(report)
        case .table:
            for line in TerminalText.lines(document(style), width: Console.width) { try Console.line(line) }
        case .csv: try Console.data(CSVText.text(document(style)))
        case .html: try Console.line(HTMLText.text(document(style)))
        case .md: try Console.line(MarkdownText.text(document(style)))
        }
    }
}
