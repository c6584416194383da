/// What a connection learnt of its server.
package struct PostgreSQLServerFacts: Sendable, Equatable {
    /// The host of the list that took us.
    package var host = ""
    /// As libpq counts: 150018 is 15.18.
    package var version = 0
    /// The server's process for this connection.
    package var backendPID = 0
    /// When that process began, as `pg_stat_activity` has it in UTC: process ids are reused.
    package var startedAt = ""
    /// Nil where the connection is not encrypted.
    package var tls: TLSInfo?

    package var majorVersion: Int { version / 10_000 }
}
