import Foundation
import MayflyCrypto
import Testing

@Suite struct MySQLHashTests {
    private func bytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try Array(text.utf8).withUnsafeBytes(body)
    }

    /// The first from MariaDB's manual (SET PASSWORD), the second from MySQL's (PASSWORD('mypass')).
    @Test(arguments: [
        ("password", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"),
        ("mypass", "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"),
    ])
    func nativeAgreesWithTheManuals(password: String, hash: String) throws {
        #expect(try bytes(password) { try MySQLNativeHash(password: $0) }.text == hash)
    }

    @Test func nativeRefusesAnEmptyPasswordWhichTheServerWouldTakeForNone() {
        #expect(throws: CryptoFailure.self) { try bytes("") { try MySQLNativeHash(password: $0) } }
    }

    /// RFC 8032, section 7.1: seed and public key.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        ),
    ])
    func ed25519AgreesWithTheStandard(seed: String, key: String) throws {
        let seed = try #require(SHA256Digest(hex: seed)).bytes
        let key = Data(try #require(SHA256Digest(hex: key)).bytes).base64EncodedString()
        let made = try seed.withUnsafeBytes { try MariaDBEd25519Key(password: $0) }
        #expect(made.text + "=" == key)
    }

    /// What a MariaDB 10.11 says: SELECT ed25519_password('0123456789abcdef0123456789abcdef').
    @Test func ed25519AgreesWithMariaDB() throws {
        let made = try bytes("0123456789abcdef0123456789abcdef") { try MariaDBEd25519Key(password: $0) }
        #expect(made.text == "I7xUkSwebpLEqGglyGfif/3FVb/71CRPF6Jqv//ull0")
    }

    @Test(arguments: ["", "secret", String(repeating: "x", count: 31), String(repeating: "x", count: 33)])
    func ed25519RefusesPasswordsForWhichMariaDBDiffersFromTheStandard(password: String) {
        #expect(throws: CryptoFailure.self) { try bytes(password) { try MariaDBEd25519Key(password: $0) } }
    }

    /// The examples of SHA-crypt.txt; its rounds=10 is left out, as it is raised to 1,000 there.
    @Test(arguments: [
        ("Hello world!", "saltstring", 5_000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        ("Hello world!", "saltstringsaltst", 10_000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
        ("This is just a test", "toolongsaltstrin", 5_000, "Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5"),
        (
            "a very much longer text to encrypt.  This one even stretches over morethan one line.",
            "anotherlongsalts", 1_400, "Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1"
        ),
        (
            "we have a short salt string but not a short password", "short", 77_777,
            "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/"
        ),
        ("a short string", "asaltof16chars..", 123_456, "gP3VQ/6X7UUEW3HkBn2w1/Ptq2jxPyzV/cZKmF/wJvD"),
    ])
    func cryptAgreesWithItsSpecification(password: String, salt: String, rounds: Int, result: String) throws {
        let made = try bytes(password) {
            try SHA256Crypt(password: $0, salt: Array(salt.utf8), rounds: rounds)
        }
        #expect(made.text == result)
    }

    @Test func cachingSHA2HasTheFormThatMySQLStores() throws {
        let one = try bytes("a password") { try CachingSHA2Hash(password: $0) }
        let other = try bytes("a password") { try CachingSHA2Hash(password: $0) }
        #expect(one != other)
        #expect(one.text.wholeMatch(of: /\$A\$005\$[.\/0-9A-Za-z]{63}/) != nil)
    }

    @Test(arguments: ["", "short", String(repeating: "$", count: 20), String(repeating: "a", count: 21)])
    func cachingSHA2RefusesASaltThatMySQLWouldReadDifferently(salt: String) {
        #expect(throws: CryptoFailure.self) {
            try bytes("a password") { try CachingSHA2Hash(password: $0, salt: Array(salt.utf8)) }
        }
    }
}
