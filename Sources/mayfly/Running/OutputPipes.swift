import Glibc

/// The pipes through which a masked command writes.
struct OutputPipes: Sendable {
    struct Ends: Sendable {
        let read: Int32
        let write: Int32
    }

    let out: Ends
    let error: Ends
    /// Writing to it, or closing it, tells the readers that the command is over.
    let bell: Ends

    init() throws(SystemError) {
        out = try Self.pipe()
        error = try Self.pipe()
        bell = try Self.pipe()
    }

    private static func pipe() throws(SystemError) -> Ends {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw SystemError(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return Ends(read: ends[0], write: ends[1])
    }
}
