import Foundation
import Testing

@testable import MayflyCrypto

@Suite struct PasswordTests {
    @Test func hasThirtyTwoCharactersOfEveryClass() throws {
        for _ in 0..<500 {
            let password = try Password.random()
            let text = password.makeReplyString()
            #expect(text.utf8.count == 32)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            #expect(text.contains(where: \.isLowercase) && text.contains(where: \.isUppercase))
            #expect(text.contains(where: \.isNumber) && text.contains { "-_".contains($0) })
        }
    }

    @Test func isNeverTheSameTwice() throws {
        var seen: Set<String> = []
        for _ in 0..<2_000 { seen.insert(try Password.random().makeReplyString()) }
        #expect(seen.count == 2_000)
    }

    @Test(arguments: ["ABC123-_", "abc123-_", "ABCabc-_", "ABCabc123"])
    func drawsThatLackAClassAreRefused(text: String) {
        let complete = Array(text.utf8).withUnsafeBytes { Password.hasEveryClass($0) }
        #expect(!complete)
    }

    @Test func lendsTheCharactersOfTheReply() throws {
        let password = try Password.random()
        let lent = password.withUTF8 { String(decoding: $0, as: UTF8.self) }
        #expect(lent == password.makeReplyString())
    }

    @Test func randomBytesAndIdentifiersDiffer() throws {
        #expect(try SecureRandom.bytes(32) != SecureRandom.bytes(32))
        let id = try SecureRandom.uuid()
        #expect(id != (try SecureRandom.uuid()))
        #expect(Array(id.uuidString)[14] == "4" && "89AB".contains(Array(id.uuidString)[19]))
    }
}
