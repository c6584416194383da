import COpenSSL

/// The shared secret of one enrolment: 160 random bits, as long as HMAC-SHA-1's digest (RFC 4226, section 4, R6).
///
/// In memory of its own, zeroed when the value ends. It leaves as text twice: sealed for the state, and in the one
/// reply that shows it to its owner.
package struct OneTimeSecret: ~Copyable {
    package static let length = 20
    /// What it is sealed for: a box that was made for anything else does not open as a secret.
    static let purpose = "mfa totp"

    let memory: SecretMemory

    private init(memory: consuming SecretMemory) { self.memory = memory }

    package static func random() throws(CryptoFailure) -> OneTimeSecret {
        let memory = try SecretMemory(count: length)
        try SecureRandom.fill(memory.bytes)
        return OneTimeSecret(memory: memory)
    }

    package init(copying bytes: some Collection<UInt8>) throws(CryptoFailure) {
        guard bytes.count == Self.length else { throw CryptoFailure(.argument) }
        memory = try SecretMemory(count: Self.length)
        memory.bytes.copyBytes(from: bytes)
    }

    /// Opens what `sealed(with:of:)` made, with the same key and for the same owner.
    package init(opening box: [UInt8], with key: SealingKey, of owner: String) throws(SealFailure) {
        let memory = try key.open(box, for: Self.purpose, of: owner)
        guard memory.bytes.count == Self.length else { throw .damaged }
        self.init(memory: memory)
    }

    package func sealed(with key: SealingKey, of owner: String) throws(CryptoFailure) -> [UInt8] {
        try key.seal(UnsafeRawBufferPointer(memory.bytes), for: Self.purpose, of: owner)
    }

    /// 32 characters of base32 (RFC 4648, section 6), as apps take them. Swift's strings cannot be zeroed: make it as
    /// late as possible, and write it nowhere but into the one reply.
    package func makeReplyString() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        // 20 bytes are four groups of five, each eight characters: nothing is left to pad.
        for group in stride(from: 0, to: memory.bytes.count, by: 5) {
            let bits = (0..<5).reduce(UInt64(0)) { $0 << 8 | UInt64(memory.bytes[group + $1]) }
            for shift in stride(from: 35, through: 0, by: -5) {
                text.append(alphabet[Int(bits >> UInt64(shift) & 31)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
