import Glibc
import Synchronization

/// The command that was started, in our process group and on our terminal, as if it ran bare.
///
/// Not swift-subprocess: it does not report that a child stopped, which job control needs, and a child of it gets
/// the dispositions of all signals reset, also of those that were ignored on purpose.
final class ChildProcess: Sendable {
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    enum Change: Sendable, Equatable {
        case stopped(Int32)
        case ended(Ending)
    }

    let pid: pid_t
    /// Once it is taken from the kernel its number may belong to somebody else.
    private let isOver = Mutex(false)

    private init(pid: pid_t) {
        self.pid = pid
    }

    /// Starts a program.
    /// - Parameters:
    ///   - output: what its standard output and error are, where they are not ours.
    /// - Throws: `errno` as a `CommandFailure` with 126 or 127.
    static func start(
        _ program: Program, environment: [[CChar]], gate: SignalGate, output: OutputPipes? = nil
    ) throws -> ChildProcess {
        do throws(SystemError) {
            return try spawn(program.path, program.arguments, environment, gate, output)
        } catch  where error.number == ENOEXEC {
            // A script without `#!`: as execvp(3) and every shell do.
            let words = ["/bin/sh", program.path].map { Array($0.utf8CString) }
            do throws(SystemError) {
                return try spawn("/bin/sh", words + program.arguments.dropFirst(), environment, gate, output)
            } catch { throw program.failure(error.number) }
        } catch { throw program.failure(error.number) }
    }

    private static func spawn(
        _ path: String, _ arguments: [[CChar]], _ environment: [[CChar]], _ gate: SignalGate,
        _ output: OutputPipes?
    ) throws(SystemError) -> ChildProcess {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = gate.original
        posix_spawnattr_setsigmask(&attributes, &mask)
        var defaults = SignalGate.mask(of: gate.brokenPipeWasIgnored ? [] : [SIGPIPE])
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output.out.write, STDOUT_FILENO)
            posix_spawn_file_actions_adddup2(&actions, output.error.write, STDERR_FILENO)
        }
        Descriptors.closeOnExec(except: gate.inherited)
        var pid: pid_t = 0
        let number = CStrings.withPointers(to: arguments) { argv in
            CStrings.withPointers(to: environment) { envp in
                posix_spawn(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard number == 0 else { throw SystemError(number) }
        return ChildProcess(pid: pid)
    }

    /// Sends it a signal; nothing once it is over.
    func signal(_ number: Int32) {
        isOver.withLock { over in
            if !over { _ = kill(pid, number) }
        }
    }

    /// Blocks until it stops or ends. Not to be called again once it ended.
    func nextChange() -> Change {
        while true {
            // Looked at first without taking it, so that its number stays its own until nobody can signal it.
            var info = siginfo_t()
            let seen = waitid(P_PID, id_t(pid), &info, WEXITED | WSTOPPED | WNOWAIT)
            if seen != 0 {
                // ECHILD is left, and that cannot be: nobody else waits for it, and SIGCHLD is not ignored.
                guard errno == EINTR else { return .ended(.exited(255)) }
                continue
            }
            let change: Change? = isOver.withLock { over in
                var status: Int32 = 0
                guard waitpid(pid, &status, WUNTRACED | WNOHANG) == pid else { return nil }
                let change = Self.change(of: status)
                if case .ended = change { over = true }
                return change
            }
            if let change { return change }
        }
    }

    /// The status word of wait(2), whose macros Swift does not see.
    static func change(of status: Int32) -> Change {
        if status & 0xff == 0x7f { return .stopped(status >> 8 & 0xff) }
        if status & 0x7f == 0 { return .ended(.exited(status >> 8 & 0xff)) }
        return .ended(.signalled(status & 0x7f))
    }
}
