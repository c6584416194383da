import MayflyCrypto
import Testing

@Suite struct SHA256DigestTests {
    /// FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func agreesWithTheStandard(message: String, hex: String) throws {
        let digest = try SHA256Digest(hashing: Array(message.utf8))
        #expect(digest.hex == hex)
        #expect(SHA256Digest(hex: hex) == digest)
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "A", count: 64)])
    func refusesWhatIsNotADigest(hex: String) {
        #expect(SHA256Digest(hex: hex) == nil)
    }

    @Test func differsWhenOneBitDoes() throws {
        #expect(try SHA256Digest(hashing: [1]) != SHA256Digest(hashing: [0]))
    }
}
