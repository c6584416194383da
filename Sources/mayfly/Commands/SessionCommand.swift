import ArgumentParser
import MayflyAPI
import MayflyClient

struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Show one session, with what the server's log says of it.",
        discussion: """
            Examples:
              mayfly session 9b2f01aa
              mayfly session 9b2f01aa --json
            """)

    @Argument(help: "The session: its id, or the beginning of it.", completion: .sessions)
    var id: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let session = try await options.withClient { try await $0.wholeSession(id) }
        guard options.output == .text else { return try Console.json(session) }
        for line in SessionText.lines(session, time: LocalTime()) { try Console.line(line) }
    }
}
