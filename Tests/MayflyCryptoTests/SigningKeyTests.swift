import Foundation
import Testing

@testable import MayflyCrypto

@Suite("Signing keys") struct SigningKeyTests {
    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { offset in
            let start = hex.index(hex.startIndex, offsetBy: offset)
            return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)
        }
    }

    @Test(
        "The vectors of RFC 8032, section 7.1",
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ])
    func vectors(_ seed: String, _ publicKey: String, _ message: String, _ signature: String) throws {
        let key = try SigningKey(copying: bytes(seed))
        #expect(key.publicKey.hex == publicKey)
        #expect(try key.sign(bytes(message)) == bytes(signature))
        #expect(key.publicKey.isSignature(bytes(signature), of: bytes(message)))
    }

    @Test("A signature of another message, by another key, or with a bit flipped is none")
    func wrong() throws {
        let key = try SigningKey()
        let message = Array("checkpoint".utf8)
        let signature = try key.sign(message)
        #expect(key.publicKey.isSignature(signature, of: message))
        #expect(!key.publicKey.isSignature(signature, of: message + [0]))
        #expect(!(try SigningKey()).publicKey.isSignature(signature, of: message))
        for index in signature.indices {
            var flipped = signature
            flipped[index] ^= 1
            #expect(!key.publicKey.isSignature(flipped, of: message))
        }
        #expect(!key.publicKey.isSignature([], of: message))
    }

    @Test("A key is read back from its file, and OpenSSL reads it too")
    func file() throws {
        let key = try SigningKey()
        let pem = key.pem()
        let read = try pem.withUnsafeBytes { try SigningKey(pem: $0) }
        #expect(read.publicKey == key.publicKey)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "pkey", "-pubout"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(pem))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == key.publicKey.pem)
        #expect(SigningPublicKey(reading: text) == key.publicKey)
        #expect(SigningPublicKey(reading: key.publicKey.hex + "\n") == key.publicKey)
    }

    @Test(
        "What is no key is refused",
        arguments: [
            "", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END ENCRYPTED PRIVATE KEY-----\n",
        ])
    func refused(_ text: String) {
        #expect(throws: CryptoFailure.self) {
            try Array(text.utf8).withUnsafeBytes { try SigningKey(pem: $0) }
        }
        #expect(SigningPublicKey(reading: text) == nil)
    }
}
