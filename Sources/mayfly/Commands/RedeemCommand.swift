import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct RedeemCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redeem", abstract: "Fetch the credential of an approved request of yours, once.",
        discussion: """
            Takes the formats of 'mayfly request'. The lease's time begins now.

            Examples:
              mayfly redeem 6c1d0c5e --show
              eval "$(mayfly redeem 6c1d0c5e --format env)"; psql
            """)

    @Argument(help: "The request: its id, or the beginning of it.", completion: .requests)
    var id: String

    @Flag(help: "Show the password on a terminal too.")
    var show = false

    @Option(
        help: """
            A key of your own: the same call with the same key within 5 minutes returns the same lease with a fresh \
            password, while it was not used.
            """)
    var key: String?

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let factor = try factor.factor()
        let key = key ?? UUID().uuidString.lowercased()
        let guardian = InterruptNotice(
            "a lease may have been issued: 'mayfly leases' shows it, 'mayfly revoke' ends it")
        defer { guardian.cancel() }
        try await options.withClient { client in
            let reply = try await factor.prove { code throws(MayflyError) in
                try await client.redeem(id, idempotencyKey: key, code: code)
            }
            try await CredentialReply(reply: reply, output: options.output, show: show) { output in
                "mayfly redeem \(id) --key \(key) \(output)"
            }.deliver(client)
        }
    }
}
