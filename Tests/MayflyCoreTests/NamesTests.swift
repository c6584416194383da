import Foundation
import MayflyCore
import Testing

@Suite("Names, reasons and tickets")
struct NamesTests {
    static let badNames = [
        "", " ", "a b", "a'b", "a\"b", "a;b", "a\\b", "a`b", "a$b", "a.b", "a/b", "../a", "a\n", "\na",
        "a\u{0}",
        "ä", "ａ", "a\u{301}", "A", "Orders", "_a", "-a", "a\t", "a\r", "😀", "a%s", "--", "a\u{202e}b",
        String(repeating: "a", count: 64), String(repeating: "a", count: 200),
    ]

    @Test("A name is letters, digits, _ and -", arguments: ["a", "0", "a-b", "a_b", "orders-read", "9-_"])
    func good(_ text: String) throws {
        #expect(ProfileName(rawValue: text)?.rawValue == text)
        #expect(try DatabaseName(parsing: text, field: "database").rawValue == text)
        #expect(ProfileName(rawValue: String(repeating: "a", count: 63)) != nil)
    }

    @Test("Anything else is no name, and is shown safely", arguments: badNames)
    func bad(_ text: String) {
        #expect(ProfileName(rawValue: text) == nil)
        let refusal = #expect(throws: Refusal.self) { try DatabaseName(parsing: text, field: "database") }
        #expect(refusal?.code == .invalidRequest)
        #expect(refusal?.field == "database")
        let controls = refusal?.message.unicodeScalars.filter {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        }
        #expect(controls?.isEmpty == true)
        #expect((refusal?.message.count ?? 0) < 400)
        let json = try? JSONEncoder().encode([text])
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode([ProfileName].self, from: json ?? Data())
        }
    }

    @Test("An installation's tag is 1 to 5 of a-z and 0-9")
    func tags() {
        for good in ["a", "eu1", "12345"] { #expect(InstallationTag(rawValue: good) != nil) }
        for bad in ["", "abcdef", "EU", "e-1", "e_1", "é", "a\n"] {
            #expect(InstallationTag(rawValue: bad) == nil)
        }
    }

    @Test(
        "A role's name is built of safe characters whatever the requester is called",
        arguments: [
            ("alice", "alice"), ("Alice.Smith@example", "alicesmi"), ("zoë", "zo"),
            ("'; DROP ROLE x; --", "droprole"),
            ("用户", "x"), ("", "x"), ("uid:1234", "uid1234"), ("a_b_c", "abc"),
        ])
    func roles(_ requester: String, _ short: String) throws {
        let tag = try #require(InstallationTag(rawValue: "eu1ab"))
        let name = RoleName(tag: tag, requester: requester, random: Array(0..<13))
        #expect(name.rawValue == "mf_eu1ab_\(short)_abcdefghijklm")
        #expect(name.rawValue.utf8.count <= 31)
        #expect(RoleName(rawValue: name.rawValue) == name)
        let other = RoleName(tag: tag, requester: requester, random: Array(repeating: 0xFF, count: 16))
        #expect(other.rawValue.hasSuffix("_7777777777777"))
    }

    @Test(
        "What is not exactly such a name is nobody's role",
        arguments: [
            "", "postgres", "mf_eu1_alice", "mf_eu1_alice_abcdefghijkl", "mf_eu1_alice_abcdefghijklmn",
            "mf_eu1_alice_abcdefghijkl1", "mf_eu1_alice_ABCDEFGHIJKLM", "mf_eu1__abcdefghijklm",
            "mf__alice_abcdefghijklm", "mf_eu1_alice_abcdefghijklm\n", "mf_eu1_alice_abcdefghijklm ",
            "MF_eu1_alice_abcdefghijklm", "mf_eu1_al'ce_abcdefghijklm", "mf_eu1_alice123x_abcdefghijklm_",
            "xmf_eu1_alice_abcdefghijklm", "mf_toolong_alice_abcdefghijklm", "mf_eu1_ninechars_abcdefghijklm",
        ])
    func notRoles(_ text: String) {
        #expect(RoleName(rawValue: text) == nil)
    }

    @Test(
        "A reason is one line of anybody's language",
        arguments: ["x", "who’s there?", "チケット 17", "a; b \\ '\"", "👩💻"])
    func reasons(_ text: String) throws {
        #expect(try Reason(parsing: text).rawValue == text)
        #expect(try Ticket(parsing: text).rawValue == text)
    }

    @Test(
        "A reason that could forge a line or mislead a reader is refused",
        arguments: [
            "", "   ", "\u{00a0}", "a\nb", "a\r", "a\u{0}b", "a\tb", "a\u{1b}[31m", "a\u{85}b", "a\u{2028}b",
            "a\u{202e}b", "a\u{2066}b", "a\u{feff}b", "a\u{200b}b", "a\u{200d}b", "a\u{61c}b", "a\u{e0041}b",
            String(repeating: "x", count: 2001),
            String(repeating: "x", count: 100_000), String(repeating: "👩‍💻", count: 1000),
        ])
    func badReasons(_ text: String) {
        let refusal = #expect(throws: Refusal.self) { try Reason(parsing: text) }
        #expect(refusal?.code == .reasonInvalid)
        #expect(refusal?.field == "reason")
        #expect((refusal?.message.count ?? 0) < 1200)
        #expect(Reason(rawValue: text) == nil)
        let ticket = #expect(throws: Refusal.self) { try Ticket(parsing: text) }
        #expect(ticket?.code == .ticketInvalid)
    }

    @Test("Limits are exact")
    func limits() throws {
        _ = try Reason(parsing: String(repeating: "é", count: 2000))
        _ = try Ticket(parsing: String(repeating: "é", count: 200))
        #expect(throws: Refusal.self) { try Ticket(parsing: String(repeating: "é", count: 201)) }
    }

    @Test("Ids are lower-case UUIDs and nothing else")
    func ids() {
        #expect(LeaseID(rawValue: "0b7e3a52-6f0c-4c1e-9a55-2f4d1f0c9e01") != nil)
        for bad in [
            "", "0B7E3A52-6F0C-4C1E-9A55-2F4D1F0C9E01", "0b7e3a526f0c4c1e9a552f4d1f0c9e01", "x", "' OR 1=1",
        ] {
            #expect(LeaseID(rawValue: bad) == nil)
        }
        let made = LeaseID()
        #expect(LeaseID(rawValue: made.rawValue) == made)
    }

    @Test("What is quoted stays on its line and within its quotes")
    func quoting() {
        #expect("a\"b\\c\nd\u{1b}\u{202e}".quoted() == #""a\"b\\c\u{a}d\u{1b}\u{202e}""#)
        #expect(String(repeating: "x", count: 100).quoted(limit: 3) == "\"xxx…\"")
        #expect("".quoted() == "\"\"")
    }
}
