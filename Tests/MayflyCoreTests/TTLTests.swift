import Foundation
import MayflyCore
import Testing

@Suite("Durations and TTLs")
struct TTLTests {
    @Test(
        "Durations as people write them",
        arguments: [
            ("1s", 1), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1d", 86_400),
            ("1d2h3m4s", 93_784), ("30d", 2_592_000), ("007m", 420), ("1h0m", 3600),
        ])
    func reads(_ text: String, _ seconds: Int) throws {
        #expect(try TTL(parsing: text, field: "ttl").seconds == seconds)
    }

    @Test(
        "What is no duration is refused, naming the field",
        arguments: [
            "", " ", "30", "m", "h30", "30x", "-5m", "+5m", "5 m", " 5m", "5m ", "5m\n", "1.5h", "1e3s",
            "0x10s",
            "30m1h", "1h1h", "1m30", "30M", "٣٠m", "３０m", "forever", "99999999999999999999s",
            "9223372036854775807d", "106751991167301d", "5m\u{0}", "5m; DROP", "½h", "1h\u{301}",
        ])
    func refuses(_ text: String) {
        let refusal = #expect(throws: Refusal.self) { try TTL(parsing: text, field: "ttl") }
        #expect(refusal?.code == .ttlInvalid)
        #expect(refusal?.field == "ttl")
        #expect(refusal?.message.contains("\n") == false)
        #expect(refusal?.hint != nil)
    }

    @Test("Zero and negative numbers are no TTL", arguments: [0, -1, Int.min])
    func tooShort(_ seconds: Int) {
        #expect(throws: Refusal.self) { try TTL(seconds: seconds) }
        #expect((try? TTL(parsing: "0s", field: "ttl")) == nil)
        #expect((try? TTL(parsing: "0d0h", field: "ttl")) == nil)
    }

    @Test("Above 30 days the refusal names the maximum", arguments: [30 * 86_400 + 1, Int.max])
    func tooLong(_ seconds: Int) {
        let refusal = #expect(throws: Refusal.self) { try TTL(seconds: seconds) }
        #expect(refusal?.code == .ttlAboveMaximum)
        #expect(refusal?.figures == ["maximum_ttl_seconds": 2_592_000])
    }

    @Test("A text is written the shortest way and read back the same")
    func text() throws {
        #expect(try TTL(seconds: 5400).description == "1h30m")
        #expect(try TTL(seconds: 30 * 86_400).description == "30d")
        #expect(HumanDuration.text(seconds: 0) == "0s")
        for seconds in [1, 59, 60, 61, 3599, 3600, 86_399, 86_400, 93_784] {
            let ttl = try TTL(seconds: seconds)
            #expect(try TTL(parsing: ttl.description, field: "ttl") == ttl)
        }
    }

    @Test("JSON carries seconds, and is held to the same limits")
    func json() throws {
        let decoder = JSONDecoder()
        #expect(try decoder.decode([TTL].self, from: Data("[60]".utf8)) == [try TTL(seconds: 60)])
        for bad in ["[0]", "[-1]", "[\"60\"]", "[1.5]", "[99999999999999999999]", "[null]"] {
            #expect(throws: (any Error).self) { try decoder.decode([TTL].self, from: Data(bad.utf8)) }
        }
    }

    @Test("The wait between attempts doubles up to its limit, for ever")
    func backoff() {
        let backoff = Backoff(first: 1, most: 60)
        #expect((1...8).map { backoff.delay(after: $0) } == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(backoff.delay(after: 0) == 1)
        #expect(backoff.delay(after: -5) == 1)
        #expect(backoff.delay(after: .max) == 60)
        #expect(Backoff(first: 0.5, most: .infinity).delay(after: .max).isFinite)
    }
}
