import MayflyAPI

/// The TLS modes in the words of MySQL's clients.
enum MySQLTLS {
    /// Nil where no TLS is asked for.
    static func mode(_ mode: TLSMode) -> String? {
        switch mode {
        case .disable: nil
        case .require: "REQUIRED"
        case .verifyCA: "VERIFY_CA"
        // A mode that came with a newer daemon asks for no less.
        default: "VERIFY_IDENTITY"
        }
    }
}
