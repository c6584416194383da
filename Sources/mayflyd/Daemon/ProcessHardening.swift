import CLinux
import Glibc

/// What a process that holds credentials does before anything else.
enum ProcessHardening {
    /// No core dump and no other trace of memory, no ptrace by others of our uid, no file of ours readable by others.
    static func apply() throws {
        // PR_SET_DUMPABLE, prctl(2): with 0 there is no core dump, and /proc/self/mem and ptrace are root's.
        guard mayfly_set_dumpable(0) == 0 else {
            throw DaemonFailure("core dumps cannot be switched off: \(SystemMessage(errno))")
        }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 else {
            throw DaemonFailure("core dumps cannot be switched off: \(SystemMessage(errno))")
        }
        // The Swift runtime's own handlers print registers and what is in memory around them, to our log.
        for crash in [SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGQUIT] { signal(crash, SIG_DFL) }
        // A peer that hangs up is an error of that write, not the end of the daemon.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that may not grow.
        signal(SIGXFSZ, SIG_IGN)
        umask(0o077)
    }
}
