import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReportUnusedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unused",
        abstract: "What could be taken away: profiles, rules, maximum TTLs and leases that nobody used.",
        discussion: """
            For auditors and administrators.

            Examples:
              mayfly report unused --since 90d
              mayfly report unused --database orders --format html > unused.html
            """)

    @Option(help: "Only on this database.")
    var database: String?

    @Option(help: "Only of this profile.", completion: .profiles)
    var profile: String?

    @OptionGroup var options: ReportOptions

    func run() async throws {
        let (from, to) = options.period()
        let search = UnusedSearch(from: from, to: to, database: database, profile: profile)
        let report = try await options.withClient { try await $0.unusedReport(search) }
        let subject = ReportSubject(from: from, to: to, database: database, profile: profile)
        try options.write(report) { ReportDocument(report, subject, $0) }
    }
}
