import ArgumentParser

struct MFACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mfa",
        abstract: "The key that second factors are sealed with.",
        discussion: """
            EXAMPLES
              runuser -u mayfly -- mayflyd mfa new-key /etc/mayfly/mfa.key
            """,
        subcommands: [NewKeyCommand.self])
}
