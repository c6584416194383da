import ArgumentParser
import MayflyAPI

struct Mayfly: AsyncParsableCommand {
    static let version = MayflyVersion.current

    static let configuration = CommandConfiguration(
        commandName: "mayfly",
        abstract: "Ask for short-lived database access, and see and end what was given.",
        discussion: """
            Examples:
              mayfly profiles                          what you may ask for
              eval "$(mayfly request orders-read --ttl 30m --format env)"; psql
              mayfly exec orders-read -- ./report.py   access for as long as it runs
              mayfly connect orders-read               the same with psql or mariadb
              mayfly requests --to-approve             what waits for your decision
              mayfly leases                            what is live, and how long is left
              mayfly revoke --mine --yes               end everything of yours
              mayfly report access --since 30d         who had what, when, why, by whose leave

            Data goes to standard output, errors and hints to standard error.

            Exit codes:
            \(exitCodes)

            'exec' and 'connect' end as the command that they ran: with its status, or by its signal, which a \
            shell shows as 128 and the signal's number.
            """,
        version: "mayfly \(version)",
        subcommands: [
            WhoAmICommand.self, ProfilesCommand.self, ExplainCommand.self, RequestCommand.self,
            RequestsCommand.self, ApproveCommand.self, DenyCommand.self, WithdrawCommand.self,
            WaitCommand.self, RedeemCommand.self,
            LeasesCommand.self,
            LeaseCommand.self, RenewCommand.self, ExtendCommand.self, RevokeCommand.self, ExecCommand.self,
            ConnectCommand.self,
            ReviewsCommand.self, ReviewCommand.self, LockdownCommand.self,
            SessionsCommand.self, SessionCommand.self, KillCommand.self, WatchCommand.self,
            RolesCommand.self, WhoCommand.self, ReapCommand.self,
            ReportCommand.self, AuditCommand.self, StatusCommand.self, MFACommand.self,
            DoctorCommand.self,
        ])

    private static var exitCodes: String {
        ExitStatus.allCases.map { status in
            let code = "\(status.rawValue)"
            return "  \(code)\(String(repeating: " ", count: 4 - code.count))\(status.meaning)"
        }.joined(separator: "\n")
    }
}

extension Mayfly {
    /// How many of the arguments name a command: two for `lockdown on`.
    static func names(in arguments: ArraySlice<String>) -> Int {
        guard let first = arguments.first, let second = arguments.dropFirst().first else { return 1 }
        let command = configuration.subcommands.first { $0.configuration.commandName == first }
        let isNested =
            command?.configuration.subcommands.contains { $0.configuration.commandName == second } ?? false
        return isNested ? 2 : 1
    }
}
