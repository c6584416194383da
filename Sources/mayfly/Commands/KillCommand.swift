import ArgumentParser
import MayflyAPI
import MayflyClient

struct KillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "End one session, whatever it is doing. For administrators.",
        discussion: """
            Through the guard, which ends sessions of our login roles only. The lease lives on, and its holder may connect \
            anew: 'mayfly revoke' ends that.

            Examples:
              mayfly kill 9b2f01aa
              mayfly kill 9b2f01aa --reason 'locks the orders table'
            """)

    @Argument(help: "The session: its id, or the beginning of it.", completion: .sessions)
    var id: String

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let session = try await options.withClient { try await $0.kill(id, reason: reason) }
        guard options.output == .text else { return try Console.json(session) }
        for line in SessionText.fields(session, time: LocalTime()).lines { try Console.line(line) }
        if session.endedAt == nil {
            Console.hint(
                "it was told to end, and has not yet; 'mayfly session \(Escaping.printable(session.id))' says when"
            )
        }
    }
}
