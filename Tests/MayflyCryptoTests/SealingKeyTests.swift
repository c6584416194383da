import MayflyCore
import MayflyCrypto
import Testing

@Suite struct SealingKeyTests {
    private let key: SealingKey
    private let box: [UInt8]
    private static let secret = Array("12345678901234567890".utf8)

    init() throws {
        key = try SealingKey(copying: Array(0..<32))
        box = try OneTimeSecret(copying: Self.secret).sealed(with: key, of: "alice")
    }

    private func failure(_ box: [UInt8], _ key: SealingKey, of owner: String = "alice") -> SealFailure? {
        do throws(SealFailure) {
            _ = try OneTimeSecret(opening: box, with: key, of: owner)
            return nil
        } catch { return error }
    }

    @Test func `what was sealed opens with the same key for the same owner`() throws {
        let opened = try OneTimeSecret(opening: box, with: key, of: "alice")
        let text = opened.makeReplyString()
        #expect(text == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        // As after a restart: the same bytes are the same key.
        let again = try SealingKey(copying: Array(0..<32))
        #expect(failure(box, again) == nil)
    }

    @Test func `the secret is not in it, and no two boxes are alike`() throws {
        #expect(box.count == 1 + 8 + 12 + 20 + 16)
        #expect(box.firstRange(of: Self.secret) == nil)
        #expect(box.firstRange(of: Self.secret.prefix(4)) == nil)
        let second = try OneTimeSecret(copying: Self.secret).sealed(with: key, of: "alice")
        #expect(second[9..<21] != box[9..<21])
        #expect(second[21...] != box[21...])
    }

    @Test func `another key is told from damage`() throws {
        #expect(failure(box, try SealingKey(copying: Array(1..<33))) == .otherKey)
    }

    @Test func `for another owner it does not open`() {
        for owner in ["bob", "", "alicE", "alice "] { #expect(failure(box, key, of: owner) == .damaged) }
    }

    @Test func `each flipped bit and each cut is found`() {
        for index in box.indices {
            for bit in 0..<8 {
                var flipped = box
                flipped[index] ^= 1 << UInt8(bit)
                #expect(failure(flipped, key) == ((1..<9).contains(index) ? .otherKey : .damaged))
            }
            let cut = failure(Array(box.prefix(index)), key)
            #expect(cut == .damaged)
        }
        #expect(failure(box + [0], key) == .damaged)
        #expect(failure([], key) == .damaged)
    }

    @Test(arguments: [0, 16, 31, 33])
    func `a key has 32 bytes`(count: Int) {
        #expect(throws: CryptoFailure.self) {
            _ = try SealingKey(copying: [UInt8](repeating: 7, count: count))
        }
    }
}
