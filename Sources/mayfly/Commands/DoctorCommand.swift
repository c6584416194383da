import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what is wrong from where you sit, and how to mend it.",
        discussion: """
            Looks at the socket, the daemon, what you may ask for, your databases, the client programs, the \
            directory for credentials and settings that would get in the way. Changes nothing and asks for no \
            lease. Exits with 0 when there is no error, else with the first error's code.

            Examples:
              mayfly doctor
              mayfly doctor --json | jq '.[] | select(.level != "ok")'
            """)

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var checks = [SocketCheck.check(options.daemon.socketPath(environment: environment))]
        var engines: Set<EngineName> = []
        if checks[0].level == .ok {
            let (seen, used) = try await options.withClient { await DaemonChecks(client: $0).run() }
            checks += seen
            engines = used
        }
        checks += MachineChecks(environment: environment, engines: engines).run()
        try write(checks)
        if let error = checks.first(where: { $0.level == .error }) { throw QuietExit(exit: error.exit) }
    }

    private func write(_ checks: [Check]) throws {
        guard options.output == .text else { return try Console.json(checks) }
        let width = checks.map(\.name.count).max() ?? 0
        for check in checks {
            let level = check.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            let name = check.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
            try Console.line(Escaping.printable("\(level) \(name)\(check.message)"))
            if let fix = check.fix { try Console.line(Escaping.printable("         \(fix)")) }
        }
    }
}
