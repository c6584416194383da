import MayflyAPI

/// A failure found by the command itself.
struct CommandFailure: Error {
    var exit: ExitStatus
    var message: String
    var hint: String?

    init(_ exit: ExitStatus, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }
}
