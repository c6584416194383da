import COpenSSL

/// What `mysql_native_password` keeps in place of a password: `*` and the SHA-1 of its SHA-1, in capital hexadecimal
/// digits.
///
/// SHA-1 without a salt would be nothing for a password that somebody made up; for 192 random bits there is nothing to
/// guess. https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-mysql_native_password
package struct MySQLNativeHash: Hashable, Sendable {
    /// `*` and 40 digits.
    package let text: String

    package init(password: UnsafeRawBufferPointer) throws(CryptoFailure) {
        // Of an empty password the server makes an account without one.
        guard !password.isEmpty else { throw CryptoFailure(.argument) }
        let once = try SecretMemory(count: Self.length)
        try Self.digest(UnsafeRawBufferPointer(password), into: once.bytes)
        var twice = [UInt8](repeating: 0, count: Self.length)
        var failure: CryptoFailure?
        twice.withUnsafeMutableBytes { output in
            do throws(CryptoFailure) {
                try Self.digest(UnsafeRawBufferPointer(once.bytes), into: output)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let digits = Array("0123456789ABCDEF".utf8)
        let hex = twice.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        text = "*" + String(decoding: hex, as: UTF8.self)
    }

    private static let length = 20

    private static func digest(
        _ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoFailure) {
        var written: CUnsignedInt = 0
        let done = EVP_Digest(
            message.baseAddress, message.count, output.baseAddress?.assumingMemoryBound(to: UInt8.self),
            &written, EVP_sha1(), nil)
        guard done == 1, Int(written) == output.count else { throw CryptoFailure(.digest) }
    }
}
