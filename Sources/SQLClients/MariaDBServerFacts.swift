/// What a connection learnt of its MariaDB or MySQL server.
package struct MariaDBServerFacts: Sendable, Equatable {
    /// The host of the list that took us.
    package var host = ""
    /// As the server writes it: `10.11.6-MariaDB-0+deb12u1`, `9.1.0`.
    package var versionText = ""
    /// As the library counts: 101106 is 10.11.6.
    package var version = 0
    package var isMariaDB = false
    /// The server's number for this connection; a restarted server counts from the beginning.
    package var connectionID: UInt = 0
    /// Nil where the connection is not encrypted.
    package var tls: TLSInfo?
}
