import Foundation

/// The system's certificate authorities as one file, where the usual systems have it.
package enum SystemTrustStore {
    private static let usual = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    package static var file: String? {
        usual.first { FileManager.default.isReadableFile(atPath: $0) }
    }
}
