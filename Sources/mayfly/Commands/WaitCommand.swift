import ArgumentParser
import MayflyAPI
import MayflyClient

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until a request is decided, and tell how it goes on meanwhile.",
        discussion: """
            Ends with 0 once it is approved or issued, and like 'mayfly request' when it is not: 77 when it was \
            denied, 73 when it was withdrawn, 75 when nobody decided in time. With --json each state is a line.

            Examples:
              mayfly wait 6c1d0c5e
              mayfly wait 6c1d0c5e && mayfly redeem 6c1d0c5e --show
            """)

    @Argument(help: "The request: its id, or the beginning of it.", completion: .requests)
    var id: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let guardian = InterruptNotice("the request goes on without you: 'mayfly wait \(id)' looks again")
        defer { guardian.cancel() }
        let json = options.output == .json
        let request = try await options.withClient { client in
            let full = try await client.request(id: id).id
            return try await RequestWatch(client: client).untilDecided(full) { request in
                if json { try Console.json(request, pretty: false) }
            }
        }
        try RequestWatch.check(request)
        if !json { try Console.line("\(Escaping.printable(request.id)) is \(request.state)") }
        if request.state == .approved, request.extendsLeaseId == nil {
            Console.hint("'mayfly redeem \(request.id)' fetches the credential, once")
        }
    }
}
