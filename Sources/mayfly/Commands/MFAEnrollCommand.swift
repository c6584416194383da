import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct MFAEnrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Set up a second factor: a QR code for an authenticator app.",
        discussion: """
            The secret is shown once, on a terminal only, and confirmed with the first code that the app shows. One that \
            was not confirmed can be made anew; after that an administrator resets it first.

            Examples:
              mayfly mfa enroll
              mayfly mfa enroll --show --json | jq -r .uri | qrencode -o code.png
            """)

    @Flag(help: "Write the secret also where no terminal is.")
    var show = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        guard show || Console.outputIsTerminal else {
            throw CommandFailure(
                .usage, "the secret is shown on a terminal only", hint: "--show writes it anywhere")
        }
        try await options.withClient { client in
            let secret = try await client.enrollMFA()
            guard options.output == .text else { return try Console.json(secret) }
            try write(secret)
            guard Console.outputIsTerminal, Console.hasControllingTerminal else {
                return Console.hint("'mayfly mfa confirm CODE' confirms it with the first code")
            }
            try await confirm(client)
        }
    }

    private func write(_ secret: MFASecret) throws {
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
        if let code = QRCode(secret.uri) {
            for line in code.lines(colored: Console.outputIsTerminal && terminal != "dumb") {
                try Console.line(line)
            }
        }
        var fields = Fields()
        fields.add("uri", secret.uri)
        fields.add("secret", secret.secret)
        fields.add("account", "\(secret.issuer): \(secret.account)")
        for line in fields.lines { try Console.line(line) }
    }

    private func confirm(_ client: MayflyClient) async throws {
        for _ in 0..<3 {
            guard let code = await CodePrompt.ask("first code that the app shows") else { break }
            do {
                _ = try await client.confirmMFA(code: code)
                return try Console.line("your second factor is set up")
            } catch let error as MayflyError where error.code == .mfaInvalid {
                Console.complain(error.message, hint: error.hint)
            }
        }
        throw CommandFailure(
            .conflict, "the second factor is not confirmed yet", hint: "'mayfly mfa confirm CODE' does that")
    }
}
