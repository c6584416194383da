import COpenSSL

/// Ulrich Drepper's SHA-256-crypt: https://www.akkadia.org/drepper/SHA-crypt.txt
///
/// The steps' numbers are those of that text. There a salt has 16 bytes at most; MySQL's have 20.
package struct SHA256Crypt: Hashable, Sendable {
    /// Of the result, and of salts.
    package static let alphabet = Array(
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// 43 characters.
    package let text: String

    package init(password: UnsafeRawBufferPointer, salt: [UInt8], rounds: Int) throws(CryptoFailure) {
        guard !password.isEmpty, password.count <= 256, (1...256).contains(salt.count), rounds > 0 else {
            throw CryptoFailure(.argument)
        }
        let hash = try SHA256Stream()
        let digest = try SecretMemory(count: SHA256Digest.length)
        let other = try SecretMemory(count: SHA256Digest.length)
        let digestBytes = UnsafeRawBufferPointer(digest.bytes)
        let otherBytes = UnsafeRawBufferPointer(other.bytes)

        let salted = try SecretMemory(count: salt.count)
        salted.bytes.copyBytes(from: salt)
        let salt = UnsafeRawBufferPointer(salted.bytes)

        // 4 to 8: digest B.
        try hash.digest([password, salt, password], into: other.bytes)
        // 1 to 3, 9 to 12: digest A.
        var parts = [password, salt] + Self.repeated(otherBytes, count: password.count)
        var bits = password.count
        while bits > 0 {
            parts.append(bits & 1 == 1 ? otherBytes : password)
            bits >>= 1
        }
        try hash.digest(parts, into: digest.bytes)
        // 13 to 16: as long as the password, out of digest DP.
        let sequence = try SecretMemory(count: password.count)
        try hash.digest(Array(repeating: password, count: password.count), into: other.bytes)
        for index in sequence.bytes.indices {
            sequence.bytes[index] = other.bytes[index % SHA256Digest.length]
        }
        let p = UnsafeRawBufferPointer(sequence.bytes)
        // 17 to 20: as long as the salt, out of digest DS.
        let saltSequence = try SecretMemory(count: salt.count)
        let times = 16 + Int(digest.bytes[0])
        try hash.digest(Array(repeating: salt, count: times), into: other.bytes)
        for index in saltSequence.bytes.indices {
            saltSequence.bytes[index] = other.bytes[index % SHA256Digest.length]
        }
        let s = UnsafeRawBufferPointer(saltSequence.bytes)
        // 21: the rounds.
        for round in 0..<rounds {
            let isOdd = round & 1 == 1
            try hash.begin()
            try hash.add(isOdd ? p : digestBytes)
            if round % 3 != 0 { try hash.add(s) }
            if round % 7 != 0 { try hash.add(p) }
            try hash.add(isOdd ? digestBytes : p)
            try hash.finish(into: digest.bytes)
        }
        text = Self.encode(digestBytes)
    }

    private static func repeated(_ bytes: UnsafeRawBufferPointer, count: Int) -> [UnsafeRawBufferPointer] {
        let whole = Array(repeating: bytes, count: count / bytes.count)
        return whole + [UnsafeRawBufferPointer(rebasing: bytes.prefix(count % bytes.count))]
    }

    /// 22: three bytes become four characters, in an order of its own.
    private static func encode(_ digest: UnsafeRawBufferPointer) -> String {
        let order = [
            (0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23), (24, 4, 14), (15, 25, 5), (6, 16, 26),
            (27, 7, 17), (18, 28, 8), (9, 19, 29),
        ]
        var result: [UInt8] = []
        func append(_ bits: Int, _ count: Int) {
            for index in 0..<count { result.append(alphabet[bits >> (6 * index) & 63]) }
        }
        for (a, b, c) in order {
            append(Int(digest[a]) << 16 | Int(digest[b]) << 8 | Int(digest[c]), 4)
        }
        append(Int(digest[31]) << 8 | Int(digest[30]), 3)
        return String(decoding: result, as: UTF8.self)
    }
}

/// Owns one `EVP_MD_CTX` for SHA-256, used again and again.
private final class SHA256Stream {
    private let context: OpaquePointer

    init() throws(CryptoFailure) {
        guard let context = EVP_MD_CTX_new() else { throw CryptoFailure(.memory) }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw CryptoFailure(.digest) }
    }

    deinit {
        // Also clears what is left of the message in it.
        EVP_MD_CTX_free(context)
    }

    func begin() throws(CryptoFailure) {
        guard EVP_DigestInit_ex(context, nil, nil) == 1 else { throw CryptoFailure(.digest) }
    }

    func add(_ bytes: UnsafeRawBufferPointer) throws(CryptoFailure) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            throw CryptoFailure(.digest)
        }
    }

    func finish(into output: UnsafeMutableRawBufferPointer) throws(CryptoFailure) {
        var written: CUnsignedInt = 0
        let base = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard EVP_DigestFinal_ex(context, base, &written) == 1, Int(written) == output.count else {
            throw CryptoFailure(.digest)
        }
    }

    func digest(
        _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoFailure) {
        try begin()
        for part in parts { try add(part) }
        try finish(into: output)
    }
}
