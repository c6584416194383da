import MayflyCore
import MayflyDatabases
import Testing

@Suite struct PostgreSQLGuardScriptTests {
    private func definition(user: String = "mayfly", database: String = "orders") -> DatabaseDefinition {
        DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: .postgresql, hosts: ["h"], port: 5432,
            database: database, tls: .init(mode: .disable), account: .init(user: user, password: .none))
    }

    private func script(_ definition: DatabaseDefinition) throws(EngineFailure) -> String {
        try PostgreSQLGuard(
            definition: definition,
            installation: .init(name: "prod", tag: InstallationTag(rawValue: "eu1")!),  // a valid tag
            profiles: []
        ).installScript()
    }

    @Test(arguments: ["o'brien", "a\\b", "x\"y", "'; DROP TABLE t; --", "{{tag}}", "$$"])
    func anAccountsNameIsALiteralAndNothingElse(user: String) throws {
        let text = try script(definition(user: user))
        #expect(text.contains(try PostgreSQLQuoting.literal(user)))
    }

    @Test(arguments: ["", "a\u{0}b", "line\nbreak", String(repeating: "x", count: 64)])
    func aNameThatCannotBeIsRefused(user: String) {
        #expect(throws: EngineFailure.self) { try script(definition(user: user)) }
    }

    @Test(arguments: ["host=evil dbname=x", "postgresql://evil", "a b", "`id`", "a\\b"])
    func aDatabaseThatPsqlWouldTakeForSomethingElseIsRefused(database: String) {
        #expect(throws: EngineFailure.self) { try script(definition(database: database)) }
    }

    @Test func noPlaceStaysUnfilled() throws {
        #expect(try !script(definition()).contains("{{"))
    }

    @Test func everyFunctionOfTheScriptsHasADigest() throws {
        for module in PostgreSQLGuard.Module.allCases {
            let count = module.template.ranges(of: "CREATE FUNCTION ").count
            #expect(try module.bodyDigests().count == count)
        }
    }

    @Test(arguments: [PostgreSQLGuard.Module.core, .cleanup])
    func tablesAreAsTheFirstVersionMadeThem(module: PostgreSQLGuard.Module) throws {
        // An upgrade never makes them anew: what they got later stands in the section `changes`.
        let first = try Fixture.tables(in: Fixture.text("guard-postgresql-1.sql"))
        let now = Fixture.tables(in: module.template.section("tables"))
        #expect(!now.isEmpty)
        for table in now { #expect(first.contains(table), "\(table)") }
    }

    @Test func quotingIsWhatTheServerReads() throws {
        #expect(try PostgreSQLQuoting.identifier("a\"b") == "\"a\"\"b\"")
        // A quote with an accent behind it is one Character, and two to the server.
        #expect(try PostgreSQLQuoting.literal("a'\u{301}; --").utf8.elementsEqual("'a''\u{301}; --'".utf8))
        #expect(try PostgreSQLQuoting.identifier("a\"\u{301}b").utf8.elementsEqual("\"a\"\"\u{301}b\"".utf8))
        #expect(try PostgreSQLQuoting.literal("a'b\\c") == "E'a''b\\\\c'")
    }
}
