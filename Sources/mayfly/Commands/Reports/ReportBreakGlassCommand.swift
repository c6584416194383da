import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReportBreakGlassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break-glass",
        abstract: "What was taken as break-glass, and what became of its reviews.",
        discussion: """
            Examples:
              mayfly report break-glass --since 90d
              mayfly report break-glass --user alice --format md
            """)

    @OptionGroup var filter: ReportFilter
    @OptionGroup var options: ReportOptions

    func run() async throws {
        let (from, to) = options.period()
        let search = ReportSearch(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user)
        let report = try await options.withClient { try await $0.breakGlassReport(search) }
        let subject = ReportSubject(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user)
        try options.write(report) { ReportDocument(report, subject, $0) }
    }
}
