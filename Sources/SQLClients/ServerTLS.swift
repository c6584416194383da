/// How a connection is encrypted, and how much of the server is verified. The words are libpq's.
///
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
package enum ServerTLS: Sendable, Hashable {
    /// The certificate's chain and host name are verified. `ca` is a PEM file.
    case verifyFull(ca: String)
    /// The chain is verified, the host name isn't.
    case verifyCA(ca: String)
    /// Encrypted, but anyone may be at the other end.
    case require
    case disable

    /// Whether somebody in the middle would be noticed.
    package var verifiesServer: Bool {
        switch self {
        case .verifyFull, .verifyCA: true
        case .require, .disable: false
        }
    }
}
