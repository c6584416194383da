import MayflyCore
import Testing

@Suite("Patterns and globs")
struct PatternTests {
    @Test(
        "A pattern fits the whole text",
        arguments: [
            ("OPS-[0-9]+", "OPS-4711", true), ("OPS-[0-9]+", "OPS-", false), ("OPS-[0-9]+", "xOPS-1", false),
            ("OPS-[0-9]+", "OPS-1x", false), ("^OPS-\\d{1,4}$", "OPS-4711", true),
            ("^OPS-\\d{1,4}$", "OPS-47110", false), ("(OPS|INC)-\\d{2,}", "INC-12", true),
            ("(OPS|INC)-\\d{2,}", "INC-1", false), (".*customer.*", "a customer asked", true),
            ("a?b*c+", "c", true), ("a?b*c+", "abbcc", true), ("a?b*c+", "aac", false),
            ("[^ ]+", "a b", false),
            ("[a-z_-]+", "a_-z", true), ("\\w+\\s\\S\\D\\W", "ab_1 xy!", true), ("a{2}", "aa", true),
            ("a{2}", "aaa", false),
            ("(ab){2,3}", "ababab", true), ("(ab){2,3}", "ab", false), ("", "", false), ("a|", "", true),
            ("(?:a|b)c", "bc", true), ("[\\d.]+", "1.2", true), ("\\.", ".", true), ("\\.", "x", false),
            ("[]a]", "a", false), ("ü+", "üü", true), ("a.c", "a\u{1F600}c", true),
        ] as [(String, String, Bool)])
    func fits(_ source: String, _ text: String, _ expected: Bool) throws {
        guard let pattern = try? Pattern(parsing: source) else {
            #expect(!expected)
            return
        }
        #expect(pattern.matches(text) == expected)
    }

    @Test(
        "What is no pattern is said",
        arguments: [
            "", "(", ")", "(a", "a)", "[", "[a", "[]", "*", "+a", "a**", "a+?", "{2}", "a{", "a{x}", "a{2,1}",
            "a{201}",
            "\\", "\\1", "\\b", "\\x41", "(?=a)", "(?i)a", "[z-a]", "a^b", "a$b",
            String(repeating: "a", count: 201),
            "((a{200}){200}){200}", String(repeating: "(", count: 17) + String(repeating: ")", count: 17),
            "[\\D]",
        ])
    func refused(_ source: String) {
        #expect(throws: PatternError.self) { try Pattern(parsing: source) }
    }

    @Test(
        "No text keeps a pattern busy", .timeLimit(.minutes(1)),
        arguments: [
            "(a+)+b", "(a|a)*b", "(a|aa)+b", "(a*)*b", "(.*a){20}b", "([a-z]+)*[0-9]", "(a?){50}a{50}b",
        ])
    func bounded(_ source: String) throws {
        let pattern = try Pattern(parsing: source)
        #expect(!pattern.matches(String(repeating: "a", count: Reason.limit)))
    }

    @Test(
        "A glob is anchored, and only its stars stand for something",
        arguments: [
            ("acme/*", "acme/orders", true), ("acme/*", "acme/", true), ("acme/*", "acme", false),
            ("acme/*", "evil/acme/orders", false), ("acme/*", "acme-evil/orders", false),
            ("acme/*", "ACME/orders", false),
            ("*", "", true), ("*", "anything/at:all", true), ("", "", true), ("", "a", false),
            ("a*a", "a", false),
            ("a*a", "aa", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false),
            ("*main", "refs/heads/main", true),
            ("*main", "refs/heads/main-evil", false), ("refs/heads/*", "refs/heads/a/b", true),
            ("a.c", "abc", false), ("[ab]", "a", false), ("a?", "ab", false), ("**", "x", true),
            ("ab*ba", "aba", false),
            ("repo:acme/*:ref:refs/heads/main", "repo:acme/x:ref:refs/heads/main", true),
            ("repo:acme/*:ref:refs/heads/main", "repo:acme/x:ref:refs/heads/dev", false),
            // The same to the eye, other bytes: e with an accent, and e followed by one.
            ("caf\u{E9}", "cafe\u{301}", false),
        ] as [(String, String, Bool)])
    func globs(_ glob: String, _ text: String, _ expected: Bool) {
        #expect(Glob(glob).matches(text) == expected)
    }

    @Test("No text keeps a glob busy", .timeLimit(.minutes(1)))
    func boundedGlob() {
        let glob = Glob(String(repeating: "a*", count: 100) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 100_000)))
    }
}
