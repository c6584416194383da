/// What TLS a client must use, in libpq's words.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct TLSMode: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// No TLS.
    public static let disable = TLSMode(rawValue: "disable")
    /// TLS without looking at the certificate.
    public static let require = TLSMode(rawValue: "require")
    /// TLS, certificate of a known authority.
    public static let verifyCA = TLSMode(rawValue: "verify-ca")
    /// TLS, certificate of a known authority for this host.
    public static let verifyFull = TLSMode(rawValue: "verify-full")

    public static var known: [Self] { [.disable, .require, .verifyCA, .verifyFull] }
}
