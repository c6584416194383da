import MayflyCore
import Testing

@Suite("Raw SQL with places for names")
struct StatementTemplateTests {
    @Test("Each place is filled with what is put in, and nothing else is touched")
    func filled() throws {
        let template = try StatementTemplate(
            "GRANT a TO {{group}}; -- it's\nDO $$ BEGIN EXECUTE 'x'; END $$ {{ name }}",
            allowing: [.group, .name])
        #expect(
            template.filled { "\"\($0)\"" }
                == "GRANT a TO \"group\"; -- it's\nDO $$ BEGIN EXECUTE 'x'; END $$ \"name\"")
        // What is put in is not read again.
        #expect(
            try StatementTemplate("A {{name}}", allowing: [.name]).filled { _ in "{{group}}" }
                == "A {{group}}")
    }

    @Test("A place inside quotes or a comment is refused, as a quoted name would end them")
    func quotes() {
        for text in [
            "COMMENT ON ROLE x IS 'of {{name}}'", "ALTER ROLE \"{{name}}\" LOGIN", "SELECT 1 -- {{name}}",
            "SELECT 1 /* {{name}} */", "SELECT 'it''s {{name}}'", "DROP USER `{{name}}`",
        ] {
            #expect(throws: StatementTemplate.Problem.insideQuotes(.name)) {
                try StatementTemplate(text, allowing: [.name])
            }
        }
    }

    @Test("What stands for nothing, is empty or not closed is refused")
    func others() {
        #expect(throws: StatementTemplate.Problem.unknownPlace("password")) {
            try StatementTemplate("X {{password}}", allowing: StatementTemplate.Place.allCases)
        }
        #expect(throws: StatementTemplate.Problem.unknownPlace("name")) {
            try StatementTemplate("X {{name}}", allowing: [.group])
        }
        #expect(throws: StatementTemplate.Problem.empty) { try StatementTemplate(" \n", allowing: []) }
        #expect(throws: StatementTemplate.Problem.unclosed("'")) {
            try StatementTemplate("a 'b", allowing: [])
        }
        #expect(throws: StatementTemplate.Problem.unclosed("{{")) {
            try StatementTemplate("a {{b", allowing: [])
        }
    }
}
