import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReportApprovalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approvals",
        abstract: "Who approves how much and how fast: your own figures; for auditors everybody's.",
        discussion: """
            How the figures are meant is printed with them. --user is whoever decided.

            Examples:
              mayfly report approvals --since 90d
              mayfly report approvals --user bob --format json
            """)

    @OptionGroup var filter: ReportFilter
    @OptionGroup var options: ReportOptions

    func run() async throws {
        let (from, to) = options.period()
        let search = ReportSearch(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user)
        let report = try await options.withClient { try await $0.approvalsReport(search) }
        let subject = ReportSubject(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user)
        try options.write(report) { ReportDocument(report, subject, $0) }
    }
}
