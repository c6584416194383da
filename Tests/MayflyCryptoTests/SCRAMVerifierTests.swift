import Foundation
import MayflyCrypto
import Testing

@Suite struct SCRAMVerifierTests {
    private func verifier(_ password: String, _ iterations: Int, salt: String) throws -> SCRAMVerifier {
        let salt = try #require(Data(base64Encoded: salt))
        return try Array(password.utf8).withUnsafeBytes {
            try SCRAMVerifier(password: $0, iterations: iterations, salt: Array(salt))
        }
    }

    /// RFC 7677, section 3, gives the exchange of user `user`, password `pencil`; its server signature needs
    /// exactly this server key.
    @Test func agreesWithTheExampleOfRFC7677() throws {
        let made = try verifier("pencil", 4096, salt: "W22ZaJ0SNY7soEsUEjb6gQ==")
        #expect(
            made.text == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
    }

    @Test func saltsEachTime() throws {
        let bytes = Array("abc".utf8)
        let one = try bytes.withUnsafeBytes { try SCRAMVerifier(password: $0, iterations: 1) }
        let other = try bytes.withUnsafeBytes { try SCRAMVerifier(password: $0, iterations: 1) }
        #expect(one.salt.count == 16 && one.salt != other.salt && one.storedKey != other.storedKey)
    }

    @Test(arguments: ["", "pä", "a b", "a\u{0}b", "a\nb"])
    func refusesWhatSASLprepWouldChange(password: String) {
        #expect(throws: CryptoFailure.self) { _ = try verifier(password, 1, salt: "AAAA") }
    }

    @Test(arguments: [0, -1, Int.max])
    func refusesIterationsThatCannotBe(iterations: Int) {
        #expect(throws: CryptoFailure.self) { _ = try verifier("pencil", iterations, salt: "AAAA") }
    }
}
