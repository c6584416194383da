import MayflyAPI

/// A credential as a URL, every part percent-encoded (RFC 3986), so that no character of a value becomes syntax.
///
/// - PostgreSQL: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
/// - MySQL: https://dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html
struct CredentialURL {
    let text: String

    init(_ credential: Credential) {
        let login = "\(Self.encoded(credential.username)):\(Self.encoded(credential.password))"
        let database = Self.encoded(credential.database)
        var options: [(String, String)] = []
        var place = "\(Self.host(credential.host)):\(credential.port)"
        switch credential.engine {
        case .mariadb, .mysql:
            if credential.isSocket {
                place = "localhost"
                options.append(("socket", credential.host))
            }
            if let mode = MySQLTLS.mode(credential.tls.mode) { options.append(("ssl-mode", mode)) }
            if let ca = credential.tls.ca { options.append(("ssl-ca", ca)) }
        default:
            if credential.isSocket {
                place = ""
                options += [("host", credential.host), ("port", "\(credential.port)")]
            }
            options.append(("sslmode", credential.tls.mode.rawValue))
            if let ca = credential.tls.ca { options.append(("sslrootcert", ca)) }
        }
        let query = options.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
        let scheme = credential.engine == .postgresql ? "postgresql" : "mysql"
        text = "\(scheme)://\(login)@\(place)/\(database)" + (query.isEmpty ? "" : "?\(query)")
    }

    private static func encoded(_ text: String) -> String { PercentEncoding.segment(text) }

    /// An IPv6 address stands in brackets.
    private static func host(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : encoded(host)
    }
}
