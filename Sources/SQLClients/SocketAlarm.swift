import Dispatch
import Glibc

/// Cuts a socket at a deadline, from outside: for a library's call that waits in ways of its own.
///
/// It works on a duplicate of the descriptor, so that it can never be another file's by then.
final class SocketAlarm {
    private let timer: any DispatchSourceTimer

    /// - Returns: nil when there is no descriptor left.
    init?(socket: CInt, deadline: ContinuousClock.Instant) {
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { shutdown(copy, CInt(SHUT_RDWR)) }
        timer.setCancelHandler { Glibc.close(copy) }
        let left = ContinuousClock.now.duration(to: deadline)
        timer.schedule(deadline: .now() + .milliseconds(Int(left.pollMilliseconds)))
        timer.resume()
    }

    deinit {
        timer.cancel()
    }
}
