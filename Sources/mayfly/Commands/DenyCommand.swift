import ArgumentParser
import MayflyAPI
import MayflyClient

struct DenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Deny a request of somebody else, which ends it.",
        discussion: """
            Examples:
              mayfly deny 6c1d0c5e --reason 'use the replica for that'
              mayfly deny 6c1d0c5e --reason 'not during the release' --json
            """)

    @Argument(help: "The request: its id, or the beginning of it.", completion: .requestsToDecide)
    var id: String

    @Option(help: "Why. Kept on the record; the requester sees it.")
    var reason: String

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let factor = try factor.factor()
        let request = try await options.withClient { client in
            try await factor.prove { code throws(MayflyError) in
                try await client.deny(id, reason: reason, code: code)
            }
        }
        guard options.output == .text else { return try Console.json(request) }
        try Console.line("\(Escaping.printable(request.id)) is \(request.state)")
    }
}
