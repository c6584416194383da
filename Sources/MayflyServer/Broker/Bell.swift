import Synchronization

/// Wakes the one task that waits for it; rung before, the next wait returns at once.
final class Bell: Sendable {
    private enum State {
        case quiet, rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func ring() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .awaited(let continuation):
                state = .quiet
                return continuation
            case .quiet, .rung:
                state = .rung
                return nil
            }
        }
        waiting?.resume()
    }

    /// Not cancelled with its task: whoever cancels it rings.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state in
                if case .rung = state {
                    state = .quiet
                    return true
                }
                state = .awaited(continuation)
                return false
            }
            if isRung { continuation.resume() }
        }
    }
}
