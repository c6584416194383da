import Testing

@testable import mayfly

@Suite struct SecretMaskTests {
    private func masked(_ pieces: [String], _ secrets: [String]) -> String {
        var mask = SecretMask(secrets)
        let bytes = pieces.flatMap { mask.pass($0.utf8) } + mask.end()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a secret is found wherever the stream is cut`() {
        let text = "a hunthunter2hunter2 b hunter"
        for first in 0...text.count {
            for second in first...text.count {
                let pieces = [
                    String(text.prefix(first)), String(text.dropFirst(first).prefix(second - first)),
                    String(text.dropFirst(second)),
                ]
                #expect(masked(pieces, ["hunter2"]) == "a hunt****** b hunter")
            }
        }
        #expect(masked(text.map(String.init), ["hunter2"]) == "a hunt****** b hunter")
    }

    @Test func `its form in a URL is hidden too, and in one piece`() {
        #expect(masked(["x p@ss y p%40ss z p%40"], ["p@ss"]) == "x *** y *** z p%40")
        #expect(masked(["ab", "c"], ["ab", "abc"]) == "***")
    }

    @Test func `what cannot become a secret is passed on at once`() {
        var mask = SecretMask(["hunter2"])
        #expect(mask.pass("Password: ".utf8) == Array("Password: ".utf8))
        #expect(mask.pass("h".utf8).isEmpty)
        #expect(mask.pass("i\n".utf8) == Array("hi\n".utf8))
    }

    @Test func `bytes that are no text stay what they are`() {
        var mask = SecretMask(["hunter2"])
        let bytes: [UInt8] = [0, 0xff, 0xfe, 0x80, 10]
        #expect(mask.pass(bytes) == bytes)
    }

    @Test func `an empty secret hides nothing`() {
        #expect(masked(["abc"], [""]) == "abc")
    }
}
