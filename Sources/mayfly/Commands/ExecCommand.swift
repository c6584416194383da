import ArgumentParser
import Foundation
import MayflyAPI

struct ExecCommand: RunsCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command with database access that ends when it ends.",
        usage: "mayfly exec PROFILE [OPTIONS] -- COMMAND [ARGUMENTS]",
        discussion: """
            The command gets the credential in its environment (PGHOST, PGPASSWORD, … or MYSQL_HOST, MYSQL_PWD, …, \
            and DATABASE_URL) and in a private file (PGPASSFILE, or MAYFLY_DEFAULTS_FILE for \
            --defaults-extra-file). Settings of your own that would lead it elsewhere are taken out. The lease is \
            renewed while the command runs, up to its maximum, and revoked when it ends; also when mayfly is \
            killed. What the command leaves running in the background loses its access then.

            When the lease ends first, the command is told on standard error 5 minutes, 1 minute and 10 seconds \
            before, and goes on without access, unless --kill-at-expiry is given.

            Signals, terminal and exit status are the command's. Failures of mayfly's own have the codes that \
            'mayfly --help' lists.

            Examples:
              mayfly exec orders-read -- psql -c 'SELECT count(*) FROM orders'
              mayfly exec orders-read --ttl 2h --reason 'nightly report' -- ./report.py
              mayfly exec orders-read --mask -- ./migrate --verbose
              mayfly exec orders-read -- bash
            """)

    @Argument(help: "What to ask for; 'mayfly profiles' lists it.", completion: .profiles)
    var profile: String

    @OptionGroup var wish: RequestOptions

    @Flag(help: "Replace the password by *** in what the command prints. Its output is then no terminal.")
    var mask = false

    @Flag(help: "Send the command SIGTERM when its lease has ended.")
    var killAtExpiry = false

    @Flag(help: "Keep the password out of the environment: only the private file holds it.")
    var filesOnly = false

    @Flag(help: "No warnings about the lease's end.")
    var quiet = false

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: DaemonOptions

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError(
                "the command is missing; write it after --: mayfly exec \(profile) -- COMMAND")
        }
    }

    func run(_ gate: SignalGate) async throws {
        let program = try Program.find(command, arguments: RawArguments.last(command.count))
        let leased = LeasedCommand(
            request: wish.request(profile), code: factor, options: options, passwordInEnvironment: !filesOnly,
            mask: mask,
            isQuiet: quiet, terminatesAtEnd: killAtExpiry)
        let ending = try await leased.run(gate) { files in
            if MySQLClient.reads(program.name), !MySQLClient.hasDefaults(command) {
                return try program.adding(first: files.clientArgument())
            }
            if files.defaultsFile != nil, !quiet { UserDefaultsFile.warn() }
            return program
        }
        throw CommandEnded(ending: ending)
    }
}
