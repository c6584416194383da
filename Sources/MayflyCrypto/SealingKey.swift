import COpenSSL

/// A key of 256 bits for small secrets that the state has to keep: AES-256-GCM (NIST SP 800-38D).
///
/// A box, version 1:
///
///     0        the version, 1
///     1..8     which key: the first 8 bytes of HMAC-SHA-256(key, "mayfly sealing key 1")
///     9..20    nonce, 96 random bits, fresh for each box
///     21..     the ciphertext, as long as the secret
///     last 16  the tag
///
/// The tag also covers what comes before the nonce, what the box is for and whose it is, each with its length before it:
/// a box that was copied to another person or purpose does not open. With random nonces a key is good for 2³² boxes.
package final class SealingKey: @unchecked Sendable {
    package static let length = 32
    private static let version: UInt8 = 1
    private static let idLength = 8
    private static let nonceLength = 12
    private static let tagLength = 16
    private static var headLength: Int { 1 + idLength + nonceLength }

    // Sendable: written before `init` returns and never again.
    private let memory: SecretMemory
    /// Tells one key from another, and nothing about it.
    private let id: [UInt8]

    /// The bytes of a new key, for a file.
    package static func random() throws(CryptoFailure) -> [UInt8] {
        let memory = try SecretMemory(count: length)
        try SecureRandom.fill(memory.bytes)
        return Array(memory.bytes)
    }

    /// - Parameter bytes: exactly 32.
    package init(copying bytes: some Collection<UInt8>) throws(CryptoFailure) {
        guard bytes.count == Self.length else { throw CryptoFailure(.argument) }
        let memory = try SecretMemory(count: Self.length)
        memory.bytes.copyBytes(from: bytes)
        var mac = [UInt8](repeating: 0, count: SHA256Digest.length)
        let label = Array("mayfly sealing key 1".utf8)
        var written: CUnsignedInt = 0
        let done = HMAC(
            EVP_sha256(), memory.bytes.baseAddress, CInt(Self.length), label, label.count, &mac, &written)
        guard done != nil, Int(written) == mac.count else { throw CryptoFailure(.hmac) }
        id = Array(mac.prefix(Self.idLength))
        self.memory = memory
    }

    /// - Parameters:
    ///   - purpose: what the secret is.
    ///   - owner: whose it is.
    func seal(_ secret: UnsafeRawBufferPointer, for purpose: String, of owner: String) throws(CryptoFailure)
        -> [UInt8]
    {
        let nonce = try SecureRandom.bytes(Self.nonceLength)
        let context = try CipherContext()
        guard EVP_EncryptInit_ex(context.pointer, EVP_aes_256_gcm(), nil, keyBytes, nonce) == 1 else {
            throw CryptoFailure(.sealing)
        }
        let associated = Self.associated(id, purpose, owner)
        var count: CInt = 0
        guard let length = CInt(exactly: secret.count),
            EVP_EncryptUpdate(context.pointer, nil, &count, associated, CInt(associated.count)) == 1
        else { throw CryptoFailure(.sealing) }
        // One byte more: the pointer to no bytes at all would be null, which means something else.
        var ciphertext = [UInt8](repeating: 0, count: secret.count + 1)
        let plain = secret.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        var rest: CInt = 0
        guard EVP_EncryptUpdate(context.pointer, &ciphertext, &count, plain, length) == 1, count == length,
            EVP_EncryptFinal_ex(context.pointer, &tag, &rest) == 1, rest == 0,
            EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_GET_TAG, CInt(tag.count), &tag) == 1
        else { throw CryptoFailure(.sealing) }
        return [Self.version] + id + nonce + ciphertext.dropLast() + tag
    }

    /// - Throws: `otherKey`, or `damaged` for whatever else is not as it was sealed.
    func open(_ box: [UInt8], for purpose: String, of owner: String) throws(SealFailure) -> SecretMemory {
        guard box.count > Self.headLength + Self.tagLength, box[0] == Self.version else { throw .damaged }
        let id = Array(box[1..<(1 + Self.idLength)])
        guard id == self.id else { throw .otherKey }
        let nonce = Array(box[(1 + Self.idLength)..<Self.headLength])
        let ciphertext = Array(box[Self.headLength..<(box.count - Self.tagLength)])
        var tag = Array(box.suffix(Self.tagLength))
        do {
            let context = try CipherContext()
            let secret = try SecretMemory(count: ciphertext.count)
            let output = secret.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let associated = Self.associated(id, purpose, owner)
            var (count, rest): (CInt, CInt) = (0, 0)
            guard EVP_DecryptInit_ex(context.pointer, EVP_aes_256_gcm(), nil, keyBytes, nonce) == 1,
                EVP_DecryptUpdate(context.pointer, nil, &count, associated, CInt(associated.count)) == 1,
                EVP_DecryptUpdate(context.pointer, output, &count, ciphertext, CInt(ciphertext.count)) == 1,
                EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, CInt(tag.count), &tag) == 1
            else { throw CryptoFailure(.sealing) }
            var none: UInt8 = 0
            // Only this compares the tag. What was decrypted until now is nobody's to see before.
            guard EVP_DecryptFinal_ex(context.pointer, &none, &rest) == 1 else {
                ERR_clear_error()
                throw SealFailure.damaged
            }
            return secret
        } catch let failure as CryptoFailure {
            throw .crypto(failure)
        } catch { throw .damaged }
    }

    private var keyBytes: UnsafePointer<UInt8>? {
        UnsafePointer(memory.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }

    private static func associated(_ id: [UInt8], _ purpose: String, _ owner: String) -> [UInt8] {
        let lengths = { (text: String) in
            (0..<4).map { UInt8(truncatingIfNeeded: text.utf8.count >> (24 - 8 * $0)) }
        }
        return [version] + id + lengths(purpose) + purpose.utf8 + lengths(owner) + owner.utf8
    }
}

/// Owns one `EVP_CIPHER_CTX`; freeing it also clears the key in it.
private final class CipherContext {
    let pointer: OpaquePointer

    init() throws(CryptoFailure) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw CryptoFailure(.memory) }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }
}
