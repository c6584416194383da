import Glibc

/// Wakes a thread that waits in `poll(2)`: a pipe, written to when a Swift task is cancelled.
final class Interrupt: Sendable {
    /// Negative where the system had no descriptor left; `poll` ignores such an entry.
    let descriptor: CInt
    private let writingEnd: CInt

    init() {
        var ends: [CInt] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        }
        descriptor = ends[0]
        writingEnd = ends[1]
    }

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        if writingEnd >= 0 { _ = Glibc.close(writingEnd) }
    }

    func signal() {
        var byte: UInt8 = 1
        _ = write(writingEnd, &byte, 1)
    }

    /// Forgets signals of calls that have ended.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
