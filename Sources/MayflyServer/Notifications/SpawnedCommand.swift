import CLinux
import Foundation
import Glibc
import Synchronization

/// A program that runs with a given standard input, in a process group of its own.
final class SpawnedCommand: Sendable {
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    private let pid: pid_t
    /// Once it is taken from the kernel its number may belong to somebody else.
    private let isOver = Mutex(false)

    /// - Parameters:
    ///   - arguments: an absolute path, and what follows it.
    ///   - environment: `NAME=VALUE`; all that it gets.
    init(_ arguments: [String], environment: [String], input: [UInt8]) throws(DeliveryFailure) {
        let file = try Self.file(with: input)
        defer { close(file) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // The daemon ignores some signals, which would be handed down.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // Nothing of ours, whatever forgot O_CLOEXEC: the state, the socket, the connections.
        mayfly_spawn_close_from(&actions, STDERR_FILENO + 1)
        mayfly_spawn_change_directory(&actions, "/")
        var pid: pid_t = 0
        let number = Self.withPointers(to: arguments) { argv in
            Self.withPointers(to: environment) { envp in
                posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        guard number == 0 else { throw .notStarted(number) }
        self.pid = pid
    }

    /// Waits for its end, on a thread of its own. Called once.
    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: self.wait()) }
            thread.name = "notify command"
            thread.start()
        }
    }

    /// Kills it and all that stayed in its group; nothing once it is over.
    func kill() {
        isOver.withLock { over in
            if !over { _ = Glibc.kill(-pid, SIGKILL) }
        }
    }

    private func wait() -> Ending {
        while true {
            // Looked at first without taking it, so that its number stays its own until nobody can signal it.
            var info = siginfo_t()
            guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == 0 else {
                // ECHILD is left, and that cannot be: nobody else waits for it, and SIGCHLD is not ignored.
                guard errno == EINTR else { return .exited(255) }
                continue
            }
            let status: Int32? = isOver.withLock { over in
                var status: Int32 = 0
                guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
                over = true
                return status
            }
            guard let status else { continue }
            // The status word of wait(2), whose macros Swift does not see.
            return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
        }
    }

    /// A file in memory, at its beginning.
    private static func file(with bytes: [UInt8]) throws(DeliveryFailure) -> Int32 {
        let file = mayfly_memory_file("mayfly-notification")
        guard file >= 0 else { throw .notStarted(errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard written > 0 else {
                let number = errno
                close(file)
                throw .notStarted(number)
            }
            rest = rest.dropFirst(written)
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    private static func withPointers<R>(
        to texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pointers = copies + [nil]
        // At least the closing nil is there, so there is a base address.
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
