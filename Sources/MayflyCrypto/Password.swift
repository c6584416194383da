/// The password of one login role: 32 base64url characters, 192 random bits.
///
/// It exists once: not copyable, in memory of its own which is zeroed when the value ends. It becomes a `String`
/// only in `makeReplyString()`.
///
///     let password = try Password.random()
///     let verifier = try password.withUTF8 { try SCRAMVerifier(password: $0) }
package struct Password: ~Copyable {
    package static let length = 32
    /// RFC 4648, section 5.
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private let memory: SecretMemory

    private init(memory: consuming SecretMemory) {
        self.memory = memory
    }

    /// A new password that has each class which common password policies ask for: lower case, upper case, a
    /// digit and one of `-_`.
    ///
    /// Draws that lack a class are thrown away (36.5% of them), so that the rest stay equally likely: 0.7 bits
    /// fewer than 192.
    package static func random() throws(CryptoFailure) -> Password {
        let memory = try SecretMemory(count: length)
        repeat {
            try SecureRandom.fill(memory.bytes)
            // The alphabet has 64 characters: the low six bits of a byte choose one without bias.
            for index in memory.bytes.indices {
                memory.bytes[index] = alphabet[Int(memory.bytes[index] & 63)]
            }
        } while !hasEveryClass(UnsafeRawBufferPointer(memory.bytes))
        return Password(memory: memory)
    }

    static func hasEveryClass(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && bytes.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            && bytes.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && bytes.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// Lends the characters; the pointer is valid within `body` only.
    package func withUTF8<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeRawBufferPointer(memory.bytes))
    }

    /// The password as text for the one reply that carries it. Swift's strings cannot be zeroed: make it as late
    /// as possible, and write it nowhere else.
    package func makeReplyString() -> String {
        String(decoding: memory.bytes, as: UTF8.self)
    }
}
