import COpenSSL
import Foundation

/// What PostgreSQL keeps in place of a password: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
///
/// RFC 5802, section 3, with SHA-256 (RFC 7677); the text form is
/// https://www.postgresql.org/docs/current/catalog-pg-authid.html
package struct SCRAMVerifier: Hashable, Sendable {
    /// RFC 7677 asks for at least this many. They make guessing slow; 192 random bits are not guessed anyway, so a
    /// profile may ask for fewer.
    package static let defaultIterations = 4096
    package static let saltLength = 16

    package let iterations: Int
    package let salt: [UInt8]
    package let storedKey: [UInt8]
    package let serverKey: [UInt8]

    /// Computes the verifier: CPU-bound, milliseconds at 4,096 iterations.
    ///
    /// - Parameters:
    ///   - password: printable ASCII, for which SASLprep (RFC 4013) changes nothing; other bytes are refused.
    ///   - salt: 16 random bytes if left out.
    package init(
        password: UnsafeRawBufferPointer, iterations: Int = defaultIterations, salt: [UInt8]? = nil
    ) throws(CryptoFailure) {
        guard !password.isEmpty, password.allSatisfy({ (0x21...0x7E).contains($0) }),
            let rounds = CInt(exactly: iterations), rounds > 0, let length = CInt(exactly: password.count)
        else { throw CryptoFailure(.argument) }
        let salt = if let salt { salt } else { try SecureRandom.bytes(Self.saltLength) }
        let digestLength = SHA256Digest.length

        let salted = try SecretMemory(count: digestLength)
        let derived = PKCS5_PBKDF2_HMAC(
            password.baseAddress?.assumingMemoryBound(to: CChar.self), length, salt, CInt(salt.count), rounds,
            EVP_sha256(), CInt(digestLength), salted.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        guard derived == 1 else { throw CryptoFailure(.derivation) }

        let clientKey = try SecretMemory(count: digestLength)
        try Self.hmac(key: salted.bytes, "Client Key", into: clientKey.bytes)
        let server = try SecretMemory(count: digestLength)
        try Self.hmac(key: salted.bytes, "Server Key", into: server.bytes)

        self.iterations = iterations
        self.salt = salt
        storedKey = try SHA256Digest(hashing: UnsafeRawBufferPointer(clientKey.bytes)).bytes
        serverKey = Array(server.bytes)
    }

    private static func hmac(
        key: UnsafeMutableRawBufferPointer, _ text: String, into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoFailure) {
        let message = Array(text.utf8)
        var length: CUnsignedInt = 0
        let done = HMAC(
            EVP_sha256(), key.baseAddress, CInt(key.count), message, message.count,
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
        guard done != nil, Int(length) == output.count else { throw CryptoFailure(.hmac) }
    }

    /// The text that the server takes and stores.
    package var text: String {
        let stored = Data(storedKey).base64EncodedString()
        let server = Data(serverKey).base64EncodedString()
        return "SCRAM-SHA-256$\(iterations):\(Data(salt).base64EncodedString())$\(stored):\(server)"
    }
}
