import ArgumentParser
import MayflyAPI
import MayflyClient

struct MFAConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Confirm a new second factor with its first code.",
        discussion: """
            Examples:
              mayfly mfa confirm 123456
              mayfly mfa confirm '123 456' --json
            """)

    @Argument(
        help: "The code that the app shows.",
        transform: { text in
            guard let code = CodePrompt.digits(text) else { throw ValidationError("a code has six digits") }
            return code
        })
    var code: String

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let status = try await options.withClient { try await $0.confirmMFA(code: code) }
        guard options.output == .text else { return try Console.json(status) }
        try Console.line("your second factor is set up")
    }
}
