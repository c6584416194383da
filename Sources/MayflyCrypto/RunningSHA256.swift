import COpenSSL

/// A SHA-256 over what comes in parts (FIPS 180-4).
package final class RunningSHA256 {
    private let context: OpaquePointer

    package init() throws(CryptoFailure) {
        guard let context = EVP_MD_CTX_new() else { throw CryptoFailure(.digest) }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw CryptoFailure(.digest) }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func take(_ bytes: UnsafeRawBufferPointer) throws(CryptoFailure) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            throw CryptoFailure(.digest)
        }
    }

    package func take(_ bytes: [UInt8]) throws(CryptoFailure) {
        guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else { throw CryptoFailure(.digest) }
    }

    /// Of all that was taken. Once.
    package func hex() throws(CryptoFailure) -> String {
        var digest = [UInt8](repeating: 0, count: SHA256Digest.length)
        var written: CUnsignedInt = 0
        guard EVP_DigestFinal_ex(context, &digest, &written) == 1, Int(written) == digest.count else {
            throw CryptoFailure(.digest)
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
