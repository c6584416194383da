import MayflyCore
import Synchronization

/// Which sessions the guard ended on our word, until the next look at the server takes it: then their end is no riddle.
final class ToldSessions: Sendable {
    /// More than end between two looks. Beyond it, how they ended is not known.
    private static let most = 20_000

    private struct State {
        var told: Set<ToldSession> = []
        var unread = 0
    }

    private let state = Mutex(State())

    func note(_ sessions: [ToldSession]) {
        state.withLock { state in
            if state.told.count < Self.most { state.told.formUnion(sessions) }
        }
    }

    /// The guard's answer could not be read.
    func noteUnread() { state.withLock { $0.unread += 1 } }

    func take() -> (told: Set<ToldSession>, unread: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.told, state.unread)
        }
    }
}
