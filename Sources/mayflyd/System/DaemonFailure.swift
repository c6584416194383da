import Glibc

/// Why the daemon does not start, for the person at the terminal or in the journal.
struct DaemonFailure: Error, CustomStringConvertible {
    let description: String
    let status: Int32

    /// - Parameter status: the exit status, of sysexits.h where one fits.
    init(_ description: String, status: Int32 = EX_OSERR) {
        self.description = description
        self.status = status
    }
}
