import ArgumentParser
import MayflyAPI
import MayflyClient

struct RenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Move the end of a lease of yours, up to its approved maximum.",
        discussion: """
            Examples:
              mayfly renew 6c1d0c5e
              mayfly renew 6c1d0c5e --ttl 1h
              mayfly renew "$MAYFLY_LEASE" --ttl 17:30
            """)

    @Argument(help: "The lease: its id, the beginning of it, or its login role.", completion: .leases)
    var id: String

    @Option(
        help: ArgumentHelp(
            "How long from now: 30m, 2h, or until a time such as 17:30. Default: the profile's.",
            valueName: "duration"),
        transform: { try HumanTime.seconds($0) })
    var ttl: Int?

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let lease = try await options.withClient { client in
            try await client.renew(try await client.lease(id).id, ttlSeconds: ttl)
        }
        guard options.output == .text else { return try Console.json(lease) }
        try Console.line("\(Escaping.printable(lease.id)) ends \(LocalTime().end(lease.expiresAt))")
    }
}
