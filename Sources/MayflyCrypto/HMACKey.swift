import COpenSSL

/// The key of an HMAC-SHA-256 (RFC 2104, FIPS 198-1), zeroed when the value ends.
package struct HMACKey: ~Copyable {
    private let memory: SecretMemory
    private let count: Int

    /// Copies the key; the caller zeroes its own.
    /// - Throws: `CryptoFailure` for a key of no bytes.
    package init(copying key: some Collection<UInt8>) throws(CryptoFailure) {
        guard !key.isEmpty, CInt(exactly: key.count) != nil else { throw CryptoFailure(.argument) }
        memory = try SecretMemory(count: key.count)
        memory.bytes.copyBytes(from: key)
        count = key.count
    }

    /// The 32 bytes of the code.
    package func code(for message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: SHA256Digest.length)
        var length: CUnsignedInt = 0
        // The length fits: it was looked at in `init`.
        let done = HMAC(
            EVP_sha256(), memory.bytes.baseAddress, CInt(count), message, message.count, &code, &length)
        guard done != nil, Int(length) == code.count else { throw CryptoFailure(.hmac) }
        return code
    }
}
