import MayflyCore
import MayflyDatabases
import Testing

@Suite struct MariaDBGuardScriptTests {
    private func script(
        user: String = "mayfly", brokerHost: String = "localhost", roleHost: String = "10.%",
        groups: [String] = [],
        module: MariaDBGuard.Module = .mariadb
    ) throws(EngineFailure) -> String {
        let definition = DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: .mariadb, hosts: ["h"], port: 3306,
            database: "orders",
            tls: .init(mode: .disable), account: .init(user: user, password: .none))
        return try MariaDBGuard(
            module: module, definition: definition,
            installation: .init(name: "prod", tag: InstallationTag(rawValue: "eu1")!),  // a valid tag
            groups: groups, brokerHost: brokerHost, roleHost: roleHost
        ).installScript()
    }

    @Test(arguments: ["o'brien", "a\\b", "x\"y", "`", "'; DROP TABLE t; -- x", "{{tag}}", "//"])
    func anAccountsNameIsAnIdentifierAndNothingElse(user: String) throws {
        let text = try script(user: user, groups: [user])
        #expect(text.contains(try MariaDBQuoting.identifier(user)))
        #expect(text.contains(try MariaDBQuoting.literal(user)))
    }

    @Test(arguments: ["", "a\u{0}b", "line\nbreak", "tab\tbed", String(repeating: "x", count: 129), "space "])
    func aNameThatCannotBeIsRefused(name: String) {
        #expect(throws: EngineFailure.self) { try script(user: name) }
        #expect(throws: EngineFailure.self) { try script(groups: [name]) }
    }

    @Test(arguments: ["", "a b", "x'y", "x`y", "a\\b", "h\n", "ho@st", String(repeating: "x", count: 256)])
    func aHostThatCannotBeIsRefused(host: String) {
        #expect(throws: EngineFailure.self) { try script(roleHost: host) }
        #expect(throws: EngineFailure.self) { try script(brokerHost: host) }
    }

    @Test(arguments: MariaDBGuard.Module.allCases)
    func noPlaceStaysUnfilled(module: MariaDBGuard.Module) throws {
        #expect(try !script(groups: ["a", "b"], module: module).contains("{{"))
    }

    @Test(arguments: MariaDBGuard.Module.allCases)
    func everyRoutineOfTheScriptHasADigestAndNoCommentInside(module: MariaDBGuard.Module) throws {
        let text = module.template
        let count =
            text.ranges(of: "@localhost PROCEDURE ").count + text.ranges(of: "@localhost FUNCTION ").count
        #expect(try module.bodyDigests().count == count)
        // The client would take it out of what the server stores.
        for (name, body) in module.bodies() {
            for mark in ["-- ", "/*", "#"] { #expect(!body.contains(mark), "\(name)") }
        }
    }

    @Test(arguments: MariaDBGuard.Module.allCases)
    func tablesAreAsTheFirstVersionMadeThem(module: MariaDBGuard.Module) throws {
        // An upgrade never makes them anew: what they got later stands in the section `changes`.
        let first = try Fixture.tables(in: Fixture.text("guard-\(module.rawValue)-1.sql"))
        let now = Fixture.tables(in: module.template.section("tables"))
        #expect(!now.isEmpty)
        for table in now { #expect(first.contains(table), "\(table)") }
    }

    @Test func quotingIsWhatTheServerReads() throws {
        #expect(try MariaDBQuoting.identifier("a`b") == "`a``b`")
        #expect(try MariaDBQuoting.account("a", host: "%") == "`a`@`%`")
        #expect(try MariaDBQuoting.literal("a'b") == "'a''b'")
        #expect(try MariaDBQuoting.literal("a'b\\c") == "_utf8mb4 X'6127625C63'")
    }
}
