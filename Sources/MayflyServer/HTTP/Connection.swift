import Synchronization

/// One accepted connection, and who is at its other end.
final class Connection: Sendable {
    private let credentials = Mutex<PeerCredentials?>(nil)

    /// Nil until the connection is active; no byte is read before.
    var peer: PeerCredentials? { credentials.withLock { $0 } }

    func identify(as peer: PeerCredentials) { credentials.withLock { $0 = peer } }
}
