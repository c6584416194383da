import ArgumentParser

struct MFACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mfa", abstract: "Your second factor: enrol, confirm, see; for administrators: reset.",
        discussion: """
            Codes by RFC 6238, which every authenticator app makes. Each works once. Rules may demand one of whoever asks \
            or approves: 'mayfly explain PROFILE' says so.

            Examples:
              mayfly mfa enroll        a QR code for your app, and its first code
              mayfly mfa status
              mayfly mfa reset alice --reason 'lost the phone'
            """,
        subcommands: [
            MFAEnrollCommand.self, MFAConfirmCommand.self, MFAStatusCommand.self, MFAResetCommand.self,
        ], defaultSubcommand: MFAStatusCommand.self)
}
