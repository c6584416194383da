import ArgumentParser
import MayflyAPI
import MayflyClient

struct LockdownListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what is stopped: everything for auditors, what stops you for others.",
        discussion: """
            Examples:
              mayfly lockdown list
              mayfly lockdown list --all --json
            """)

    @Flag(help: "Also those that have ended.")
    var all = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let lockdowns = try await options.withClient { try await $0.lockdowns(ended: all) }
        guard options.output == .text else {
            return try Console.json(LockdownList(lockdowns: lockdowns))
        }
        guard !lockdowns.isEmpty else { return Console.hint("no lockdown is in force") }
        let table = LockdownText.table(lockdowns, time: LocalTime())
        for line in table.lines(width: Console.width) { try Console.line(line) }
    }
}
