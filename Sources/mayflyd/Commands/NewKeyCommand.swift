import ArgumentParser

struct NewKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-key",
        abstract: "Make a key file that only its owner reads.",
        discussion: """
            For `mfa: { key_file: … }` in the configuration. It must belong to the daemon's
            user or to root. Keep a copy apart from the state's: without the key every
            second factor has to be reset, and with both somebody else can make codes.
            A file that is there stays as it is.

            EXAMPLES
              runuser -u mayfly -- mayflyd mfa new-key /etc/mayfly/mfa.key
            """)

    @Argument(help: ArgumentHelp("Where it is to be.", valueName: "file"), completion: .file())
    var path: String

    func run() async throws {
        do {
            try KeyFile.make(path)
        } catch let failure as KeyFile.Failure {
            Terminal.error(failure.message)
            Terminal.hint(failure.fix)
            throw ExitStatus.failure
        }
    }
}
