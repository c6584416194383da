import Synchronization

/// One accepted connection, and who is at its other end.
final class Connection: Sendable {
    private struct State {
        var peer: PeerCredentials?
        var isClosed = false
        var onClose: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Nil until the connection is active; no byte is read before.
    var peer: PeerCredentials? { state.withLock { $0.peer } }

    func identify(as peer: PeerCredentials) { state.withLock { $0.peer = peer } }

    /// Calls `action` when the connection ends, whoever ends it; at once if it has ended.
    func onClose(_ action: @escaping @Sendable () -> Void) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.onClose.append(action) }
            return state.isClosed
        }
        if isClosed { action() }
    }

    func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            defer { state.onClose = [] }
            return state.onClose
        }
        for action in actions { action() }
    }
}
