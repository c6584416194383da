import ArgumentParser
import MayflyAPI
import MayflyClient

struct WithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Take a request of yours back.",
        discussion: """
            Examples:
              mayfly withdraw 6c1d0c5e
              mayfly requests --mine --pending --names | xargs -n1 mayfly withdraw
            """)

    @Argument(help: "The request: its id, or the beginning of it.", completion: .requests)
    var id: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let request = try await options.withClient { client in
            try await client.withdraw(id)
        }
        guard options.output == .text else { return try Console.json(request) }
        try Console.line("\(Escaping.printable(request.id)) is \(request.state)")
    }
}
