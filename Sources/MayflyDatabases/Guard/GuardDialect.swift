import MayflyCore
import SQLClients

/// What differs between kinds of servers when their guards are called.
protocol GuardDialect: Sendable {
    associatedtype Connection: SQLConnection
    typealias Failure = SQLError<Connection.Report>
    typealias Row = SQLRow<Connection.Report>

    /// The call, with the batch as its one bound value.
    static func statement(_ function: GuardFunction) -> String
    /// What the guard says of one member.
    static func answer(_ row: Row) throws(Failure) -> Result<Row, EngineFailure>
    /// What an error of a whole call means to the broker.
    static func failure(_ error: Failure) -> EngineFailure
    /// Another transaction was in the way; nothing was done, and the same may work in a moment.
    static func isCollision(_ failure: EngineFailure) -> Bool
    /// Tells a backend of our own account to end.
    /// - Returns: whether it is gone already.
    static func end(_ backend: Connection.Facts, on connection: Connection) async throws(Failure) -> Bool
}
