import ArgumentParser
import MayflyAPI
import MayflyClient

struct WhoAmICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who the daemon takes you for.",
        discussion: """
            Examples:
              mayfly whoami
              mayfly whoami --json | jq -r .roles[]
            """)

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let who = try await options.withClient { try await $0.whoAmI() }
        guard options.output == .text else { return try Console.json(who) }
        var fields = Fields()
        fields.add("user", "\(who.user) (uid \(who.uid))")
        fields.add("groups", who.groups.joined(separator: ", "))
        if let token = who.token {
            fields.add("token", "\(token.subject) (issuer \(token.issuer)): it decides")
        }
        fields.add("roles", who.roles.isEmpty ? "none" : who.roles.map(\.rawValue).joined(separator: ", "))
        fields.add("mfa", who.mfa?.rawValue)
        for line in fields.lines { try Console.line(line) }
    }
}
