import Foundation
import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// What the guard tells of groups.
    @Suite struct Privileges {
        private func lines(_ names: String?) async throws -> [String] {
            try await MariaDBGuardServer.shared().call("privileges", names).map { try $0.string("line") }
        }

        private func held(_ names: String?) async throws -> [String] {
            try await MariaDBGuardServer.shared().call("held", names).map {
                [
                    try $0.string("granted"), try $0.string("source"), try $0.string("kind"),
                    try $0.string("place"),
                    try $0.string("name"), try $0.string("part"), try $0.string("rights"),
                    try $0.string("gone"),
                ].joined(separator: "|")
            }
        }

        private func json(_ names: [String]) throws -> String {
            String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
        }

        /// A group of its own, allowed and with all sorts of rights.
        private func group(_ name: String, _ statements: [String]) async throws {
            let server = try await MariaDBGuardServer.shared().server
            let quoted = MariaDBGuardServer.quoted(name)
            try await server.execute("CREATE ROLE \(quoted)")
            for statement in statements {
                try await server.execute(statement.replacing("GROUP", with: quoted))
            }
            try await server.execute("INSERT INTO mayfly.allowed_group VALUES (?)", [name])
        }

        @Test func anAllowedGroupsRightsAreTold() async throws {
            try await group(
                "told",
                [
                    "CREATE TABLE app.`o'd``d` (id int, name int)", "CREATE ROLE told_up",
                    "GRANT told_up TO GROUP", "GRANT SELECT, INSERT ON app.orders TO GROUP",
                    "GRANT UPDATE (name) ON app.`o'd``d` TO GROUP", "GRANT SHOW VIEW ON *.* TO GROUP",
                    "GRANT SELECT, EXECUTE ON workshop.* TO told_up",
                    "CREATE PROCEDURE app.told() SELECT 1", "GRANT EXECUTE ON PROCEDURE app.told TO told_up",
                ])
            #expect(
                try await lines(json(["told"])) == [
                    "SHOW VIEW on everything", "SELECT, EXECUTE on schema `workshop`",
                    "SELECT, INSERT on table `app`.`orders`", "EXECUTE on procedure `app`.`told`",
                    "UPDATE on column `app`.`o'd``d`.`name`",
                ])
            // What was granted since and is refused at each issue is not hidden from who decides.
            try await MariaDBGuardServer.shared().server.execute("GRANT FILE ON *.* TO told_up")
            #expect(try await lines(json(["told"])).contains("what no lease may have on everything"))
        }

        @Test func aNameWithQuotesIsAName() async throws {
            #expect(
                try await lines(json([MariaDBGuardServer.oddGroup])) == ["SELECT on schema `app`"])
        }

        @Test(arguments: [
            "root", "mayfly_guard", "mayfly", "missing", "", "PUBLIC", "ORDERS_READONLY", "orders_readonly ",
            "told_up", "orders_readonly' OR '1'='1", "orders_readonly`", "%", "orders\\_readonly",
            "orders_readonly\u{0}", "ordérs_readonly",
        ])
        func aGroupThatIsNotAllowedIsNotTold(name: String) async throws {
            await expectRefusal("MF002") { _ = try await lines(json([name])) }
            // Nor beside one that is.
            await expectRefusal("MF002") { _ = try await lines(json(["orders_readonly", name])) }
            await expectRefusal("MF002") { _ = try await held(json([name])) }
            await expectRefusal("MF002") { _ = try await held(json(["orders_readonly", name])) }
        }

        @Test(arguments: [
            nil, "", "null", "x", "{}", #""orders_readonly""#, "[", "1",
            #"{"orders_readonly": 1}"#,
        ])
        func whatIsNoListOfNamesIsRefused(names: String?) async throws {
            await expectRefusal("MF001") { _ = try await lines(names) }
            await expectRefusal("MF001") { _ = try await held(names) }
        }

        @Test(arguments: [
            "[null]", "[1]", "[true]", "[[\"orders_readonly\"]]", #"[{"name": "orders_readonly"}]"#,
            "[\"\(String(repeating: "x", count: 129))\"]",
        ])
        func whatIsNoNameIsRefused(names: String) async throws {
            await expectRefusal("MF002") { _ = try await lines(names) }
            await expectRefusal("MF002") { _ = try await held(names) }
        }

        @Test func itIsBounded() async throws {
            let tooMany = Array(repeating: "orders_readonly", count: 51)
            let many = try json(tooMany)
            await expectRefusal("MF001") { _ = try await lines(many) }
            await expectRefusal("MF001") { _ = try await held(many) }
            try await group("wide", (0..<210).map { "GRANT SELECT ON `wide_\($0)`.* TO GROUP" })
            #expect(try await lines(json(["wide"])).count == 201)
            #expect(try await lines("[]").isEmpty)
        }

        @Test func whatAGroupHoldsIsToldPlaceByPlace() async throws {
            let server = try await MariaDBGuardServer.shared().server
            let odd = "h'e\"ld"
            try await group(
                odd,
                [
                    "CREATE ROLE held_up", "GRANT held_up TO GROUP", "GRANT DELETE ON workshop.* TO held_up",
                    "CREATE TABLE app.`h'e``ld` (id int, name int)", "CREATE TABLE app.held_gone (id int)",
                    "GRANT UPDATE (name), SELECT ON app.`h'e``ld` TO GROUP",
                    "GRANT CREATE VIEW ON app.held_gone TO GROUP",
                    "DROP TABLE app.held_gone", "GRANT FILE ON *.* TO GROUP",
                    "GRANT CREATE TEMPORARY TABLES ON `work\\_%`.* TO GROUP WITH GRANT OPTION",
                    "CREATE PROCEDURE app.held() SELECT 1", "GRANT EXECUTE ON PROCEDURE app.held TO GROUP",
                ])
            #expect(
                try await held(json([odd])).filter { !$0.contains("|everybody|") } == [
                    "\(odd)|group|column|app|h'e`ld|name|Update|0",
                    "\(odd)|group|everything||||\(server.isMySQL ? "File" : "512")|0",
                    "\(odd)|group|group|||||0",
                    "\(odd)|group|procedure|app|held||Execute|0",
                    "\(odd)|group|role||held_up|\(server.isMySQL ? "%" : "")||0",
                    "\(odd)|group|schema|work\\_%|||\(server.isMySQL ? "Grant,Create_tmp_table" : "Grant,Create_tmp_table")|0",
                    "\(odd)|group|table|app|h'e`ld||Select|0",
                    "\(odd)|group|table|app|held_gone||Create View|1",
                    "|role|schema|workshop|||Delete|0",
                ])
        }

        @Test func temporaryTablesOfTheCallersAreNotTakenForTheGuards() async throws {
            // Who could make one under the guard's names would choose what it is told.
            let broker = try await MariaDBGuardServer.shared().broker()
            for table in ["batch", "reached", "holding"] {
                await expectNumber(1044, 1142) {
                    _ = try await broker.query("CREATE TEMPORARY TABLE mayfly.\(table) (granted INT)")
                }
            }
            await broker.close()
        }

        @Test func theBrokerReadsNoneOfItItself() async throws {
            let broker = try await MariaDBGuardServer.shared().broker()
            for statement in [
                "SELECT * FROM mysql.db", "SHOW GRANTS FOR orders_readonly", "SELECT mayfly.quoted('x')",
                "SELECT * FROM mayfly.allowed_group",
            ] {
                await expectNumber(1142, 1044, 1370, 1227) { _ = try await broker.query(statement) }
            }
        }

        @Test func aLeaserMayNotAsk() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let leaser = try await guarded.leaser(try await guarded.issue())
            await expectNumber(1370, 1044) {
                _ = try await leaser.query("CALL mayfly.privileges(?)", [#"["orders_readonly"]"#])
            }
            await expectNumber(1370, 1044) {
                _ = try await leaser.query("CALL mayfly.held(?)", [#"["orders_readonly"]"#])
            }
            await leaser.close()
        }
    }
}
