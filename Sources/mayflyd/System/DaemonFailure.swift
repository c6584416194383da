/// Why the daemon does not start, for the person at the terminal or in the journal.
struct DaemonFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
