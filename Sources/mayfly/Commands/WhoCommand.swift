import ArgumentParser
import MayflyAPI
import MayflyClient

struct WhoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who",
        abstract: "Say who is behind a login role or a session.",
        discussion: """
            By what the daemon has on record; what it does not know, by the guard's register in the server, or by the \
            role's comment, also for a role of another installation. A comment proves nothing: whoever may comment on \
            a role can have written it. Auditors and administrators may ask about every role, others about their own.

            Examples:
              mayfly who mf_prod_alice_afz2hzpkno52r
              mayfly who 4711 --database orders        a backend's pid, or a connection's id
              mayfly who 'mf_prod_alice_afz2hzpkno52r@10.0.0.7'
            """)

    @Argument(help: "A login role, or the number of a session.", completion: .roles)
    var name: String

    @Option(help: "Where to look; needed for a session.")
    var database: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let bearer = try await options.withClient { client in try await client.who(name, database: database) }
        guard options.output == .text else { return try Console.json(bearer) }
        for line in ServerRoleText.fields(bearer, time: LocalTime()).lines { try Console.line(line) }
    }
}
