import MayflyCore
import SQLClients
import Synchronization

/// The server's process that a call was sent to, for when the call's connection is lost.
final class CallInFlight: Sendable {
    private let server = Mutex<PostgreSQLServerFacts?>(nil)

    /// Nil while nothing was sent.
    var backend: PostgreSQLServerFacts? { server.withLock { $0 } }

    func began(on server: PostgreSQLServerFacts) {
        self.server.withLock { $0 = server }
    }
}

/// Ends server processes whose connection to us was lost in mid-call, so that what they did is settled.
///
/// A backend works on after its client is gone, and may commit later. Ours may be ended by us: it needs no more
/// than being of the same role.
struct LostBackends: Sendable {
    let pool: PostgreSQLPool

    /// How long to try beyond a call's own deadline.
    static let grace = Duration.seconds(5)

    /// Returns once the backend is gone.
    ///
    /// - Throws: `outcomeUnknown` when the server cannot be asked or the backend doesn't end.
    func end(_ backend: PostgreSQLServerFacts, after error: PostgreSQLError) async throws(EngineFailure) {
        // The cluster may have failed over: the host that had the backend isn't the one that we would ask, but then
        // what that backend did not replicate is lost, and what it did is what the new one says.
        let deadline = ContinuousClock.now + Self.grace
        let statement = """
            SELECT count(*) AS left, count(*) FILTER (WHERE pg_terminate_backend(pid)) AS told
              FROM pg_stat_activity
             WHERE pid = $1::int AND usename = current_user AND pid <> pg_backend_pid()
               AND backend_start::text = $2
            """
        let values = [String(backend.backendPID), backend.startedAt]
        while ContinuousClock.now < deadline {
            do throws(PostgreSQLError) {
                let rows = try await pool.withConnection(.ending, by: deadline) {
                    (connection) throws(PostgreSQLError) in
                    try await connection.query(statement, values, timeout: .seconds(2))
                }
                if try rows.only().int("left") == 0 { return }
            } catch {
                // A server that is starting again: ask on until the deadline.
            }
            try? await ContinuousClock().sleep(for: .milliseconds(50))  // cancelled: ask sooner
        }
        throw EngineFailure(error)
    }
}
