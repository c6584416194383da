import COpenSSL

/// A SHA-256 digest (FIPS 180-4): of audit records, each of which contains the digest before it, and of the
/// guard's function bodies.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    package static let length = 32
    package let bytes: [UInt8]

    package init(hashing message: UnsafeRawBufferPointer) throws(CryptoFailure) {
        try self.init(message.baseAddress, count: message.count)
    }

    package init(hashing message: [UInt8]) throws(CryptoFailure) {
        try self.init(message, count: message.count)
    }

    private init(_ message: UnsafeRawPointer?, count: Int) throws(CryptoFailure) {
        var digest = [UInt8](repeating: 0, count: Self.length)
        var written: CUnsignedInt = 0
        let done = EVP_Digest(message, count, &digest, &written, EVP_sha256(), nil)
        guard done == 1, Int(written) == Self.length else { throw CryptoFailure(.digest) }
        bytes = digest
    }

    /// - Returns: nil unless `hex` is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * Self.length else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package var description: String { hex }

    /// In constant time: how long it takes tells nothing of where two digests differ.
    package static func == (a: SHA256Digest, b: SHA256Digest) -> Bool {
        CRYPTO_memcmp(a.bytes, b.bytes, length) == 0
    }
}
