import ArgumentParser

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Say who had what, when, why and by whose leave: your own; for auditors everybody's.",
        discussion: """
            Examples:
              mayfly report access --since 30d --format html > access.html
              mayfly report access --user alice --since 2026-07-01 --until 2026-07-31 --format csv
              mayfly report unused --since 90d
              mayfly report break-glass
              mayfly report approvals --since 90d --format md
              mayfly report review --database orders --since 90d
            """,
        subcommands: [
            ReportAccessCommand.self, ReportBreakGlassCommand.self, ReportApprovalsCommand.self,
            ReportUnusedCommand.self, ReportReviewCommand.self,
        ], defaultSubcommand: ReportAccessCommand.self)
}
