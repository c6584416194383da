import ArgumentParser
import MayflyAPI
import MayflyClient

struct LeaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease", abstract: "Show one lease.",
        discussion: """
            Examples:
              mayfly lease 6c1d0c5e
              mayfly lease mf_eu1_alice_q2w3e4r5t6y7u --json
            """)

    @Argument(help: "The lease: its id, the beginning of it, or its login role.", completion: .leases)
    var id: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let lease = try await options.withClient { try await $0.lease(id) }
        guard options.output == .text else { return try Console.json(lease) }
        for line in LeaseText.fields(lease, time: LocalTime()).lines { try Console.line(line) }
    }
}
