import ArgumentParser
import MayflyAPI
import MayflyClient

struct MFAResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Take somebody's second factor away, so that they enrol again.",
        discussion: """
            For administrators, and never their own. Be sure that it is the person who asks: whoever enrols next from \
            that account holds the second factor.

            Examples:
              mayfly mfa reset alice --reason 'lost the phone, seen in person'
              mayfly mfa reset uid:1001 --reason 'account was taken over'
            """)

    @Argument(help: "A person of the configuration, a user's name, user:NAME or uid:NUMBER.")
    var who: String

    @Option(help: "Why. Kept on the record.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let status = try await options.withClient { try await $0.resetMFA(of: who, reason: reason) }
        guard options.output == .text else { return try Console.json(status) }
        try Console.line("\(Escaping.printable(status.person)) has no second factor now")
    }
}
