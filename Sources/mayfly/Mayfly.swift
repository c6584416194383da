import ArgumentParser
import MayflyAPI

struct Mayfly: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mayfly",
        abstract: "Ask for short-lived database access, and see and end what was given.",
        discussion: """
            Examples:
              mayfly profiles                          what you may ask for
              eval "$(mayfly request orders-read --ttl 30m --format env)" && psql
              mayfly leases                            what is live, and how long is left
              mayfly revoke --mine --yes               end everything of yours

            Data goes to standard output, errors and hints to standard error.

            Exit codes:
            \(exitCodes)
            """,
        version: "mayfly 0.1.0",
        subcommands: [
            WhoAmICommand.self, ProfilesCommand.self, RequestCommand.self, LeasesCommand.self,
            LeaseCommand.self, RenewCommand.self, RevokeCommand.self, AuditCommand.self, StatusCommand.self,
        ])

    private static var exitCodes: String {
        ExitStatus.allCases.map { status in
            let code = "\(status.rawValue)"
            return "  \(code)\(String(repeating: " ", count: 4 - code.count))\(status.meaning)"
        }.joined(separator: "\n")
    }
}
