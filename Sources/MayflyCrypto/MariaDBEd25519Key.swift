import COpenSSL
import Foundation

/// What MariaDB's `ed25519` plugin keeps in place of a password: the public key of the pair that the password makes,
/// in base64 without padding.
///
/// MariaDB hashes the whole password where RFC 8032 (section 5.1.5) hashes a seed of 32 bytes: with a password of
/// exactly 32 bytes, as ours are, both are the same, and others are refused.
/// https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519
package struct MariaDBEd25519Key: Hashable, Sendable {
    package static let length = 32
    /// 43 characters.
    package let text: String

    package init(password: UnsafeRawBufferPointer) throws(CryptoFailure) {
        guard password.count == Self.length else { throw CryptoFailure(.argument) }
        let seed = password.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, password.count) else {
            throw CryptoFailure(.key)
        }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: Self.length)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == Self.length else {
            throw CryptoFailure(.key)
        }
        text = String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }
}
