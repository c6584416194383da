import COpenSSL
import Foundation

/// The public half of an Ed25519 key pair: what tells whether the holder of the other half signed something.
package struct SigningPublicKey: Hashable, Sendable, CustomStringConvertible {
    package static let length = 32
    package static let signatureLength = 64
    /// Of a public key in DER, before its 32 bytes (RFC 8410, section 4).
    private static let prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    package let bytes: [UInt8]

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: nil unless `hex` is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        // A digest has as many.
        guard let bytes = SHA256Digest(hex: hex)?.bytes else { return nil }
        self.bytes = bytes
    }

    /// - Parameter text: as `openssl pkey -pubout` writes it, or 64 hexadecimal digits.
    package init?(reading text: String) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let key = Self(hex: trimmed) {
            self = key
            return
        }
        let der = Array(text.utf8).withUnsafeBytes { PEM.content(of: $0, label: "PUBLIC KEY") }
        guard let der, der.count == Self.prefix.count + Self.length, der.starts(with: Self.prefix) else {
            return nil
        }
        bytes = Array(der.dropFirst(Self.prefix.count))
    }

    package func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureLength,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        let isGood =
            EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        if !isGood { ERR_clear_error() }
        return isGood
    }

    /// As OpenSSL writes it.
    package var pem: String {
        String(decoding: PEM.text(of: Self.prefix + bytes, label: "PUBLIC KEY"), as: UTF8.self)
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package var description: String { hex }
}
