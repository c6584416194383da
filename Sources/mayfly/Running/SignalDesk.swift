import Foundation
import Glibc
import Synchronization

/// Takes the signals that `SignalGate` holds back, on a thread of its own, and passes them to the command.
final class SignalDesk: Sendable {
    private enum State {
        /// No command yet. The first signal that would have ended us waits, so that what was asked for is undone; others
        /// that somebody sent wait for the command, which may run already by the time that we know of it.
        case preparing(interrupted: Int32?, others: [Int32])
        case running(ChildProcess)
        case over
    }

    private let state = Mutex(State.preparing(interrupted: nil, others: []))

    init() {
        Thread { [self] in serve() }.start()
    }

    /// The signal that ends us before the command was started.
    var interrupted: Int32? {
        state.withLock { if case .preparing(let number, _) = $0 { number } else { nil } }
    }

    /// From now on signals are the command's: also one that came while it was being started.
    func started(_ child: ChildProcess) {
        let missed = state.withLock { state in
            defer { state = .running(child) }
            guard case .preparing(let first, let others) = state else { return [Int32]() }
            return others + (first.map { [$0] } ?? [])
        }
        for number in missed { child.signal(number) }
    }

    /// What comes from now on finds us on our way out.
    func over() {
        state.withLock { $0 = .over }
    }

    private func serve() {
        var set = SignalGate.heldSet
        while true {
            var info = siginfo_t()
            let number = sigwaitinfo(&set, &info)
            if number > 0 { take(number, info) }
        }
    }

    private func take(_ number: Int32, _ info: siginfo_t) {
        let child: ChildProcess? = state.withLock { state in
            switch state {
            case .running(let child): return child
            case .over: return nil
            case .preparing(let first, let others):
                guard [SIGHUP, SIGINT, SIGQUIT, SIGTERM].contains(number) else {
                    // The kernel's are about the terminal, which the command will see for itself.
                    if info.si_code <= 0, [SIGUSR1, SIGUSR2, SIGALRM].contains(number) {
                        state = .preparing(
                            interrupted: first, others: others.filter { $0 != number } + [number])
                    }
                    return nil
                }
                guard first == nil else { SignalGate.die(of: number) }
                state = .preparing(interrupted: number, others: others)
                return nil
            }
        }
        guard let child, SignalGate.forwarded.contains(number) else { return }
        // What the terminal sends goes to our whole group: the command has it already. Not so when the terminal goes
        // away: then only the session's leader is told, and that may be us.
        let isFromKernel = info.si_code > 0
        guard !isFromKernel || number == SIGHUP else { return }
        // The command signalled its own group, and with it us.
        guard isFromKernel || info._sifields._kill.si_pid != child.pid else { return }
        child.signal(number)
    }
}
