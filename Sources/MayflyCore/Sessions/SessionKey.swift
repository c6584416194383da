/// Which session of which server, so that no other is taken for it.
package struct SessionKey: Hashable, Sendable {
    /// The host of a standby; empty for the server that is written to.
    package var host: String
    /// PostgreSQL: the backend's pid. MariaDB and MySQL: the connection's id. Used again by the server, in time.
    package var number: Int64
    /// When the session began, in milliseconds since 1970; 0 where the server does not tell (MariaDB, MySQL), whose numbers are
    /// not used again before it is started anew.
    package var since: Int64

    package init(host: String, number: Int64, since: Int64) {
        self.host = host
        self.number = number
        self.since = since
    }
}
