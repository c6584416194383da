import Glibc

/// Holds signals back from the first moment of the process on, so that none of them ends or stops us while a
/// credential is out, and tells the command how things were before.
///
/// Made on the main thread before any other thread exists: all threads inherit its mask, and one of ours takes
/// the signals one by one (`SignalDesk`). No disposition is changed: what was ignored when we started (as under
/// `nohup`) is ignored by the command too.
struct SignalGate: Sendable {
    /// What somebody may send to us and mean the command.
    static let forwarded = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGTSTP, SIGCONT,
    ]
    /// Held as well: we may write to a terminal that we are in the background of.
    private static let held = forwarded + [SIGTTIN, SIGTTOU]

    /// The mask that we were started with: the command's.
    let original: sigset_t
    /// Descriptors beyond the standard three that were handed to us for the command, such as `3<file`.
    let inherited: Set<Int32>
    /// NIO ignores it for the whole process; the command gets it as it was.
    let brokenPipeWasIgnored: Bool

    init() {
        var mask = Self.mask(of: Self.held)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &mask, &before)
        original = before
        inherited = Set(Descriptors.open().filter { !Descriptors.closesOnExec($0) })
        brokenPipeWasIgnored = Self.isIgnored(SIGPIPE)
        // A parent that ignores its children's ends would have the kernel take ours away from us.
        signal(SIGCHLD, SIG_DFL)
    }

    /// The held signals as `sigwaitinfo` takes them.
    static var heldSet: sigset_t { mask(of: held) }

    static func mask(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        return set
    }

    /// Stops this process as `number` does by itself, until somebody continues it.
    static func stop(with number: Int32) {
        raiseOpen(number)
    }

    /// Ends this process as its command was ended, so that a shell or a CI runner sees the same.
    static func die(of number: Int32) -> Never {
        // The command left its core file already; ours would hold a password.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        signal(number, SIG_DFL)
        raiseOpen(number)
        // The first process of a container cannot be ended by a signal of its own.
        _exit(128 + number)
    }

    /// Raised first and let through then: one that came from the terminal meanwhile goes with it. The other way
    /// round that one would stop us, and ours a second time after somebody continued us.
    private static func raiseOpen(_ number: Int32) {
        var mask = mask(of: [number])
        raise(number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        // Of a disposition only "ignored" has the value 1: https://sourceware.org/git/?p=glibc.git (SIG_IGN).
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
