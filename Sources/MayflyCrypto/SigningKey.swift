import COpenSSL
import Foundation

/// An Ed25519 key pair (RFC 8032): signs checkpoints of the audit log.
///
/// As a file it is what `openssl genpkey -algorithm ed25519` writes: PKCS#8 (RFC 8410) in PEM, without a password.
package final class SigningKey: @unchecked Sendable {
    package static let seedLength = 32
    /// Of a private key in DER, before the 32 bytes of its seed (RFC 8410, section 7).
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    // Sendable: written before `init` returns and never again.
    private let memory: SecretMemory
    package let publicKey: SigningPublicKey

    /// A new key.
    package convenience init() throws(CryptoFailure) {
        let memory = try SecretMemory(count: Self.seedLength)
        try SecureRandom.fill(memory.bytes)
        try self.init(owning: memory)
    }

    /// - Parameter seed: exactly 32 bytes.
    package convenience init(copying seed: some Collection<UInt8>) throws(CryptoFailure) {
        guard seed.count == Self.seedLength else { throw CryptoFailure(.argument) }
        let memory = try SecretMemory(count: Self.seedLength)
        memory.bytes.copyBytes(from: seed)
        try self.init(owning: memory)
    }

    /// - Parameter pem: a key as OpenSSL writes it; anything before and after its lines is left alone.
    package convenience init(pem: UnsafeRawBufferPointer) throws(CryptoFailure) {
        guard let der = PEM.content(of: pem, label: "PRIVATE KEY"),
            der.count == Self.prefix.count + Self.seedLength, der.starts(with: Self.prefix)
        else { throw CryptoFailure(.key) }
        try self.init(copying: der.dropFirst(Self.prefix.count))
    }

    private init(owning memory: consuming SecretMemory) throws(CryptoFailure) {
        let seed = memory.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, Self.seedLength) else {
            throw CryptoFailure(.key)
        }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: SigningPublicKey.length)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == SigningPublicKey.length else {
            throw CryptoFailure(.key)
        }
        publicKey = SigningPublicKey(unchecked: bytes)
        self.memory = memory
    }

    /// 64 bytes; the same for the same message.
    package func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        let seed = memory.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, Self.seedLength) else {
            throw CryptoFailure(.key)
        }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { throw CryptoFailure(.memory) }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: SigningPublicKey.signatureLength)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
            count == SigningPublicKey.signatureLength
        else { throw CryptoFailure(.signature) }
        return signature
    }

    /// The file's text, in memory that is the caller's to zero.
    package func pem() -> [UInt8] {
        PEM.text(of: Self.prefix + Array(memory.bytes), label: "PRIVATE KEY")
    }
}
