/// Where a signer's public keys are found, as a JSON Web Key Set (RFC 7517).
package enum KeyLocation: Hashable, Sendable, CustomStringConvertible {
    /// Of root or the daemon's user, and nobody else's to write: whoever writes it decides who people are.
    case file(String)
    /// Over HTTPS.
    /// - Parameter ca: a PEM file of the authorities that are trusted; nil for the system's.
    case url(String, ca: String?)

    package var description: String {
        switch self {
        case .file(let path): path
        case .url(let url, _): url
        }
    }
}
