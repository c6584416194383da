import MayflyCore
import Synchronization

/// Which sessions the guard ended on our word, until the next look at the server takes it: then their end is no riddle.
final class ToldSessions: Sendable {
    /// More than end between two looks. Beyond it, how they ended is not known.
    private static let most = 20_000

    private let told = Mutex<Set<ToldSession>>([])

    func note(_ sessions: [ToldSession]) {
        told.withLock { told in
            if told.count < Self.most { told.formUnion(sessions) }
        }
    }

    func take() -> Set<ToldSession> {
        told.withLock { told in
            defer { told = [] }
            return told
        }
    }
}
