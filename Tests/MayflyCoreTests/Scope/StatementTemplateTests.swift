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

    @Test(
        "Where servers could read a text in two ways, or a value would end what it stands in, it is refused",
        arguments: [
            ("SELECT 'a\\' {{name}} '", .ambiguous("a backslash before a quote")),
            ("SELECT '\u{301} {{name}} '", .insideQuotes(.name)),
            ("SELECT 1 /* a /* b */ {{name}} */", .ambiguous("a comment in a comment")),
            ("DO $$ SELECT '{{name}}' $$", .insideQuotes(.name)),
            ("DO $$ SELECT ' $$ ' {{name}} $$", .endsBody("$$")),
            ("DO $a$ $b$ $a$ {{name}} $b$", .endsBody("$a$")),
            ("DO $$ {{name}}", .unclosed("$$")),
            ("COMMIT", .brokersOwn("COMMIT")),
            (" /* x */ -- y\n rollback", .brokersOwn("ROLLBACK")),
            ("SET ROLE admin", .brokersOwn("SET")),
            ("-- nothing", .empty),
            ("ALTER ROLE {{name}} PASSWORD '{{password}}'", .unknownPlace("password")),
        ] as [(String, StatementTemplate.Problem)])
    func ambiguous(text: String, problem: StatementTemplate.Problem) {
        #expect(throws: problem) {
            try StatementTemplate(text, allowing: StatementTemplate.Place.allCases, for: .postgresql)
        }
    }

    @Test(
        "MariaDB's and MySQL's own quotes and comments are known",
        arguments: [
            ("DROP USER `{{name}}`", .insideQuotes(.name)), ("SELECT 1 # {{name}}", .insideQuotes(.name)),
            ("SELECT 5--{{name}}", .ambiguous("-- without a blank behind it")),
            ("/*!50000 DROP USER {{name}} */", .ambiguous("/*!")),
            ("/*M! DROP USER {{name}} */", .ambiguous("/*!")),
        ] as [(String, StatementTemplate.Problem)])
    func mysql(text: String, problem: StatementTemplate.Problem) throws {
        _ = try StatementTemplate("SET /* x */ DEFAULT ROLE r FOR {{name}}", allowing: [.name], for: .mariadb)
        #expect(throws: StatementTemplate.Problem.brokersOwn("SET")) {
            try StatementTemplate("SET ROLE r", allowing: [.name], for: .mariadb)
        }
        for engine in [EngineKind.mariadb, .mysql] {
            #expect(throws: problem) { try StatementTemplate(text, allowing: [.name], for: engine) }
        }
    }

    @Test("A value that would end the body that its place stands in is refused when it is put in")
    func bodies() throws {
        let template = try StatementTemplate(
            "DO $$ BEGIN CREATE ROLE {{name}} PASSWORD {{verifier}}; END $$", allowing: [.name, .verifier],
            for: .postgresql)
        #expect(
            try template.filled(with: [.name: "\"a\"", .verifier: "'SCRAM$1:x$y'"])
                == "DO $$ BEGIN CREATE ROLE \"a\" PASSWORD 'SCRAM$1:x$y'; END $$")
        #expect(throws: StatementTemplate.Problem.endsBody("$$")) {
            try template.filled(with: [.name: "\"a$$b\"", .verifier: "''"])
        }
    }
}
