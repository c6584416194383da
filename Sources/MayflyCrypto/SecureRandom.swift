import COpenSSL
package import Foundation

/// Random bytes of OpenSSL's generator, which the system seeds.
package enum SecureRandom {
    /// Public random bytes: names, salts, identifiers.
    package static func bytes(_ count: Int) throws(CryptoFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard let length = CInt(exactly: count), RAND_bytes(&bytes, length) == 1 else {
            throw CryptoFailure(.random)
        }
        return bytes
    }

    /// Secret random bytes, from the generator that OpenSSL keeps for what must stay private.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(CryptoFailure) {
        guard let base = buffer.baseAddress, let length = CInt(exactly: buffer.count),
            RAND_priv_bytes(base.assumingMemoryBound(to: UInt8.self), length) == 1
        else { throw CryptoFailure(.random) }
    }

    /// A version 4 UUID (RFC 9562).
    package static func uuid() throws(CryptoFailure) -> UUID {
        var b = try bytes(16)
        b[6] = b[6] & 0x0F | 0x40
        b[8] = b[8] & 0x3F | 0x80
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                b[15]
            ))
    }
}
