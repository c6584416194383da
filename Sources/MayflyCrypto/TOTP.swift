import COpenSSL
package import Foundation
package import MayflyCore

/// Time-based one-time codes, RFC 6238: HMAC-SHA-1 over the number of the time step, cut to six digits as RFC 4226 says.
///
/// SHA-1, six digits and 30 seconds are what every app understands; several ignore other values of the URI and would
/// show codes that never fit.
package enum TOTP {
    /// Seconds of a time step.
    package static let period: Int64 = 30
    /// Steps before and after now that are taken too: clocks of phones differ, and typing takes its time.
    package static let window: Int64 = 1

    /// The number of the time step of a moment.
    package static func step(at date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 / Double(period)).rounded(.down))
    }

    /// The code of a step.
    package static func code(_ secret: borrowing OneTimeSecret, step: Int64) throws(CryptoFailure)
        -> OneTimeCode
    {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * Int64($0))) }
        let mac = try SecretMemory(count: macLength)
        var written: CUnsignedInt = 0
        let done = HMAC(
            EVP_sha1(), secret.memory.bytes.baseAddress, CInt(secret.memory.bytes.count), counter,
            counter.count,
            mac.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
        guard done != nil, Int(written) == macLength else { throw CryptoFailure(.hmac) }
        // RFC 4226, section 5.3: the last four bits say where the 31 bits begin.
        let offset = Int(mac.bytes[macLength - 1] & 15)
        let number = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(mac.bytes[offset + $1]) } & 0x7FFF_FFFF
        return OneTimeCode(number: number % 1_000_000)
    }

    /// The steps around a moment that the code is right for: usually one or none, two where codes happen to be the same.
    ///
    /// Takes the same time whatever the code: each step is computed, and compared without stopping at the first
    /// difference.
    package static func steps(
        fitting code: OneTimeCode, _ secret: borrowing OneTimeSecret, at date: Date
    ) throws(CryptoFailure) -> [Int64] {
        let now = step(at: date)
        var fitting: [Int64] = []
        for step in (now - window)...(now + window) {
            let right = try self.code(secret, step: step)
            if CRYPTO_memcmp(right.digits, code.digits, OneTimeCode.length) == 0 { fitting.append(step) }
        }
        return fitting
    }

    private static let macLength = 20
}
