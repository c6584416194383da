import Foundation
import Glibc
import MayflyTesting
import Synchronization

/// A terminal with a session on it, as a person sits at one: what is typed comes from the test.
final class Terminal: Sendable {
    private let process: Spawned
    private let master: Int32
    private let text = Mutex("")
    private let isOpen = Mutex(true)

    /// Starts a program as the leader of a session on a new terminal.
    init(_ words: [String], environment: [String: String]) throws {
        // By ioctl_tty(2): the module of the C library lacks posix_openpt(3) and what goes with it.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var locked: Int32 = 0
        var number: UInt32 = 0
        let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        guard master >= 0, ioctl(master, setLock, &locked) == 0, ioctl(master, getNumber, &number) == 0 else {
            throw TestServerError.system("/dev/ptmx", errno)
        }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw TestServerError.system("open terminal", errno) }
        defer { close(slave) }
        process = try Spawned(
            ["/usr/bin/setsid", "--ctty", "--wait"] + words,
            environment: ["PATH": "/usr/bin:/bin", "TERM": "dumb", "PS1": "$ ", "PAGER": "cat"].merging(
                environment
            ) { $1 },
            streams: [slave, slave, slave])
        // Holds this until the terminal is closed from either end.
        Thread { [self] in read() }.start()
    }

    /// Reads until it is to go away. The reader closes it: a terminal is not closed while somebody reads from it.
    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        defer { close(master) }
        while isOpen.withLock({ $0 }) {
            var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 20) > 0 else { continue }
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { return }
            text.withLock { $0 += String(decoding: buffer[..<count], as: UTF8.self) }
        }
    }

    var screen: String { text.withLock { $0 } }

    func type(_ text: String) {
        _ = text.withCString { write(master, $0, strlen($0)) }
    }

    /// Waits until it shows that.
    func shows(_ text: String) async throws {
        do { try await eventually("the terminal shows \(text)") { screen.contains(text) } } catch {
            throw WorldFailure("\(error): \(screen)")
        }
    }

    /// Forgets what was shown.
    func clear() { text.withLock { $0 = "" } }

    /// As when a connection breaks or a window is closed.
    func goAway() { isOpen.withLock { $0 = false } }
}
