import COpenSSL

/// What MySQL's `caching_sha2_password` keeps in place of a password: `$A$005$`, a salt of 20 characters, and the 43 of
/// SHA-256-crypt with 5,000 rounds.
///
/// https://www.akkadia.org/drepper/SHA-crypt.txt, with a longer salt; the text form is that of MySQL's
/// `mysql.user.authentication_string`. CPU-bound: about 2 ms.
package struct CachingSHA2Hash: Hashable, Sendable {
    package static let saltLength = 20
    /// In the text as thousands, in hexadecimal: 005.
    package static let rounds = 5_000

    /// 70 characters.
    package let text: String

    /// - Parameter salt: 20 bytes of the crypt alphabet, random if left out. MySQL's own may be any of 7 bits but NUL
    ///   and `$`; with these the text needs no escaping anywhere.
    package init(password: UnsafeRawBufferPointer, salt: [UInt8]? = nil) throws(CryptoFailure) {
        let salt = if let salt { salt } else { try Self.randomSalt() }
        guard salt.count == Self.saltLength, salt.allSatisfy(SHA256Crypt.alphabet.contains) else {
            throw CryptoFailure(.argument)
        }
        let crypt = try SHA256Crypt(password: password, salt: salt, rounds: Self.rounds)
        text = "$A$005$" + String(decoding: salt, as: UTF8.self) + crypt.text
    }

    private static func randomSalt() throws(CryptoFailure) -> [UInt8] {
        // 64 characters: six bits of a byte choose one without bias.
        try SecureRandom.bytes(saltLength).map { SHA256Crypt.alphabet[Int($0 & 63)] }
    }
}
