/// One connection to a server, whatever its kind.
///
/// A call that meets its deadline, is cancelled or loses the server leaves the connection closed.
package protocol SQLConnection: Sendable {
    associatedtype Report: ServerErrorReport
    associatedtype Facts: Sendable

    /// What was learnt when connecting.
    var server: Facts { get async }
    /// Whether the next call may be sent. A server that went away shows only in a call.
    var isOpen: Bool { get async }
    /// Looks whether the server has ended this connection while it was idle. Sends nothing, waits for nothing.
    func isAlive() async -> Bool
    /// One statement with values bound to it, sent as text; `nil` is NULL.
    func query(
        _ sql: String, _ values: [String?], timeout: Duration?
    ) async throws(SQLError<Report>) -> SQLRows<Report>
    /// Says good-bye to the server. To close twice is no error.
    func close() async
}

extension PostgreSQLConnection: SQLConnection {}
extension MariaDBConnection: SQLConnection {}
