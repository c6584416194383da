import Foundation
import MayflyCore
import MayflyCrypto
import Testing

@Suite struct TOTPTests {
    /// The secret of both RFCs' examples.
    private static let secret = Array("12345678901234567890".utf8)

    /// RFC 4226, appendix D.
    @Test(arguments: [
        (0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (5, "254676"),
        (6, "287922"),
        (7, "162583"), (8, "399871"), (9, "520489"),
    ])
    func `codes are those of RFC 4226`(step: Int64, code: String) throws {
        let secret = try OneTimeSecret(copying: Self.secret)
        #expect(try TOTP.code(secret, step: step).text == code)
    }

    /// RFC 6238, appendix B, SHA-1; there they have eight digits, of which ours are the last six.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func `codes go by the time as in RFC 6238`(seconds: Int64, code: String) throws {
        let secret = try OneTimeSecret(copying: Self.secret)
        let date = Date(timeIntervalSince1970: TimeInterval(seconds))
        #expect(try TOTP.code(secret, step: TOTP.step(at: date)).text == String(code.suffix(6)))
    }

    @Test(arguments: [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
    func `a code is right in its step and the ones beside it`(offset: Int64, count: Int) throws {
        let secret = try OneTimeSecret(copying: Self.secret)
        let now = Date(timeIntervalSince1970: 1_763_734_799.9)
        let step = TOTP.step(at: now) + offset
        let fitting = try TOTP.steps(fitting: try TOTP.code(secret, step: step), secret, at: now)
        #expect(fitting == (count == 1 ? [step] : []))
    }

    @Test func `a step begins with its first moment`() {
        #expect(TOTP.step(at: Date(timeIntervalSince1970: 29.999)) == 0)
        #expect(TOTP.step(at: Date(timeIntervalSince1970: 30)) == 1)
        #expect(TOTP.step(at: Date(timeIntervalSince1970: -0.001)) == -1)
    }

    @Test(arguments: ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", " 12345", "12345\n", "0x1234"])
    func `what is not six digits is no code`(text: String) {
        #expect(OneTimeCode(text) == nil)
    }

    @Test func `a code says nothing when it is shown`() throws {
        let code = try #require(OneTimeCode("012345"))
        #expect(code.text == "012345")
        #expect("\(code)" == "a code")
        #expect(OneTimeCode(number: 12_345) == code)
    }

    @Test func `a secret is 160 random bits, and its text is base32`() throws {
        let one = try OneTimeSecret.random()
        let other = try OneTimeSecret.random()
        let (text, otherText) = (one.makeReplyString(), other.makeReplyString())
        #expect(text != otherText)
        #expect(text.utf8.count == 32)
        // RFC 4648's alphabet, computed with coreutils' base32.
        #expect(
            try OneTimeSecret(copying: Self.secret).makeReplyString() == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        #expect(throws: CryptoFailure.self) { _ = try OneTimeSecret(copying: [1, 2, 3]) }
    }
}
