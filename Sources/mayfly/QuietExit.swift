import MayflyAPI

/// Ends the command with a code when everything there is to say was said.
struct QuietExit: Error {
    var exit: ExitStatus
}
