import MayflyCore
import SQLClients
import Synchronization

/// The server's process that a call was sent to, for when the call's connection is lost.
final class CallInFlight<Facts: Sendable>: Sendable {
    private let server = Mutex<Facts?>(nil)

    /// Nil while nothing was sent.
    var backend: Facts? { server.withLock { $0 } }

    func began(on server: Facts) {
        self.server.withLock { $0 = server }
    }
}

/// Ends server processes whose connection to us was lost in mid-call, so that what they did is settled.
///
/// A backend works on after its client is gone, and may commit later. Ours may be ended by us: it needs no more
/// than being of the same role.
struct LostBackends<Dialect: GuardDialect>: Sendable {
    let pool: ConnectionPool<Dialect.Connection>

    /// How long to try beyond a call's own deadline.
    static var grace: Duration { .seconds(5) }

    /// Returns once the backend is gone.
    ///
    /// - Throws: `outcomeUnknown` when the server cannot be asked or the backend doesn't end.
    func end(_ backend: Dialect.Connection.Facts, after error: Dialect.Failure) async throws(EngineFailure) {
        // The cluster may have failed over: the host that had the backend isn't the one that we would ask, but then
        // what that backend did not replicate is lost, and what it did is what the new one says.
        let deadline = ContinuousClock.now + Self.grace
        while ContinuousClock.now < deadline {
            do throws(Dialect.Failure) {
                let isGone = try await pool.withConnection(.ending, by: deadline) {
                    (connection) throws(Dialect.Failure) in
                    try await Dialect.end(backend, on: connection)
                }
                if isGone { return }
            } catch {
                // A server that is starting again: ask on until the deadline.
            }
            try? await ContinuousClock().sleep(for: .milliseconds(50))  // cancelled: ask sooner
        }
        throw Dialect.failure(error)
    }
}
