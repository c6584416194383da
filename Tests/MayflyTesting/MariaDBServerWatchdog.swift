import Glibc

/// A shell that waits for our end of a pipe to close (we let go of it, or died in whatever way) and then kills
/// the server and removes its files.
final class MariaDBServerWatchdog: Sendable {
    private let pipe: Int32

    /// - Parameter directory: holds `pid/pid`; removed at the end.
    init(directory: String) throws {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw TestServerError.system("pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipe = ends[1]
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer {
            close(ends[0])
            close(null)
        }
        // In a session of its own, so that what ends our process group does not end it.
        _ = try TestCommand.spawn(
            ["setsid", "/bin/sh", "-c", Self.script, "mayfly-watchdog", directory], input: ends[0],
            output: null)
    }

    // Once the last copy of the pipe's writing end is closed, `cat` ends. The command line tells whether a pid is
    // still that server's. Its data is thrown away, so it need not end in good order.
    private static let script = """
        trap '' HUP INT TERM
        cat >/dev/null
        pid=$(cat "$1/pid/pid" 2>/dev/null)
        if [ -n "$pid" ] && tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$1/data"; then
            kill -KILL "$pid"
            n=0
            while [ -d "/proc/$pid" ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
        fi
        rm -rf "$1"
        """

    deinit {
        close(pipe)
    }
}
