import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReportAccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Who had what, when, why, who allowed it, and whether it was used.",
        discussion: """
            All leases that lived in the period, newest first; those that were never made are left out. What an auditor \
            reads here of others is itself put on record.

            Examples:
              mayfly report access
              mayfly report access --since 30d --database orders --format html > access.html
              mayfly report access --user alice --json | jq '.entries[].allowed_by'
            """)

    @OptionGroup var filter: ReportFilter
    @OptionGroup var options: ReportOptions

    func run() async throws {
        let (from, to) = options.period()
        var search = AccessSearch(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user,
            limit: 1000)
        let report = try await options.withClient { client in
            var report = AccessReport(from: from, to: to, entries: [])
            repeat {
                let page = try await client.accessReport(search)
                report.entries += page.entries
                search.after = page.next
            } while search.after != nil
            return report
        }
        let subject = ReportSubject(
            from: from, to: to, database: filter.database, profile: filter.profile, user: filter.user)
        try options.write(report) { ReportDocument(report, subject, $0) }
    }
}
