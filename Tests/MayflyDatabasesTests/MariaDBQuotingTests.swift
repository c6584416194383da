import MayflyCore
import MayflyDatabases
import Testing

@Suite struct MariaDBQuotingTests {
    @Test("A quote with a combining accent behind it is still a quote")
    func combining() throws {
        #expect(try MariaDBQuoting.literal("a'\u{301}b") == "'a''\u{301}b'")
        #expect(try MariaDBQuoting.identifier("a`\u{301}b") == "`a``\u{301}b`")
        #expect(try MariaDBQuoting.literal("\\\u{301}") == "_utf8mb4 X'5CCC81'")
        #expect(try MariaDBQuoting.literal("\"\u{301}") == "_utf8mb4 X'22CC81'")
        #expect(
            try MariaDBQuoting.plainLiteral("{\"a\": \"o'b\\\"\u{301}\\\"}")
                == "'{\"a\": \"o''b\\\\\"\u{301}\\\\\"}'")
    }
}
