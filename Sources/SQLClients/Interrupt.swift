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

    /// Why a wait ended without what was waited for.
    enum Stop: Error {
        case timedOut, cancelled
        /// Empty where the library knows more: there is no socket (any more).
        case failed(String)
    }

    /// Waits until a socket is ready, the deadline is met, or this task is cancelled.
    ///
    /// - Returns: what it is ready for.
    @discardableResult
    func wait(
        for events: Int16, on socket: CInt, until deadline: ContinuousClock.Instant
    ) throws(Stop) -> Int16 {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .timedOut }
            guard socket >= 0 else { throw .failed("") }
            var entries = [
                pollfd(fd: socket, events: events, revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, nfds_t(entries.count), left.pollMilliseconds)
            if count < 0, errno != EINTR { throw .failed("poll: \(String(cString: strerror(errno)))") }
            if count <= 0 { continue }
            if entries[1].revents != 0 {
                drain()
                if Task.isCancelled { throw .cancelled }
            }
            if entries[0].revents != 0 { return entries[0].revents }
        }
    }
}

extension Duration {
    /// Rounded up, so that a wait doesn't spin in its last millisecond.
    var pollMilliseconds: CInt {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1_000)
        guard !milliseconds.overflow, milliseconds.partialValue < Int64(CInt.max) - 1_000 else {
            return CInt.max
        }
        return CInt(milliseconds.partialValue + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
