import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Scopes against the catalogue of a real MariaDB or MySQL: planned, applied, in step.
@Suite struct MariaDBPlanTests {
    @Test("Each kind of object is granted, and then nothing is left to do")
    func kinds() async throws {
        var world = try await MariaDBScopeWorld.make(
            "g_kinds",
            """
            CREATE SCHEMA my_shop; CREATE SCHEMA myxshop; CREATE TABLE myxshop.orders (id INT);
            CREATE TABLE my_shop.orders (id INT, total INT, note TEXT); CREATE TABLE my_shop.inv_a (id INT);
            CREATE TABLE my_shop.inv_private (id INT); CREATE VIEW my_shop.inv_open AS SELECT 1 AS x;
            CREATE PROCEDURE my_shop.pay() SELECT 1; CREATE SCHEMA other_shop;
            SET GLOBAL log_bin_trust_function_creators = ON;
            CREATE FUNCTION my_shop.refund() RETURNS INT DETERMINISTIC RETURN 1;
            """)
        world.profile.scope = Scope([
            ScopeGrant(.level(.read, schema: "other_shop"), []),
            ScopeGrant(
                .tables(schema: "my_shop", NameSelection(names: ["inv_*"], except: ["*_private"])),
                [.select, .insert]),
            ScopeGrant(
                .columns(["id", "total"], schema: "my_shop", NameSelection(names: ["orders"])), [.select]),
            ScopeGrant(.columns(["note"], schema: "my_shop", NameSelection(names: ["orders"])), [.update]),
            ScopeGrant(
                .routines(schema: "my_shop", NameSelection(names: ["pay", "refund"])), [.execute]),
            ScopeGrant(.schema("my_shop"), [.createTemporaryTables]),
        ])
        let plan = try await world.plan()
        #expect(plan.obstacles == [] && plan.notes == [] && plan.expanded.count == 7)
        #expect(
            plan.steps.map(\.statement) == [
                "CREATE ROLE `g_kinds`",
                "GRANT CREATE TEMPORARY TABLES ON `my\\_shop`.* TO `g_kinds`",
                "GRANT SELECT, SHOW VIEW ON `other\\_shop`.* TO `g_kinds`",
                "GRANT SELECT, INSERT ON `my_shop`.`inv_a` TO `g_kinds`",
                "GRANT SELECT, INSERT ON `my_shop`.`inv_open` TO `g_kinds`",
                "GRANT SELECT (`id`, `total`), UPDATE (`note`) ON `my_shop`.`orders` TO `g_kinds`",
                "GRANT EXECUTE ON PROCEDURE `my_shop`.`pay` TO `g_kinds`",
                "GRANT EXECUTE ON FUNCTION `my_shop`.`refund` TO `g_kinds`",
                "GRANT `g_kinds` TO mayfly_guard@localhost WITH ADMIN OPTION",
                "INSERT INTO mayfly.allowed_group (name) VALUES ('g_kinds')",
            ])
        let after = try await world.apply()
        #expect(after.isInStep, "\(after.differences)")
        // The broker sees the same, through the guard, as far as names go.
        let told = try await world.told()
        #expect(told.isInStep, "\(told.differences)")
        #expect(told.notes.count == 1)

        try await world.server.client(
            script: """
                CREATE USER kinds@localhost IDENTIFIED BY 'Kinds-password-1'; GRANT g_kinds TO kinds@localhost;
                """)
        let member = try await world.server.connect(as: "kinds", password: "Kinds-password-1")
        _ = try await member.query("SET ROLE g_kinds")
        for allowed in ["SELECT id, total FROM my_shop.orders", "SELECT * FROM my_shop.inv_a"] {
            _ = try await member.query(allowed)
        }
        for refused in [
            "SELECT note FROM my_shop.orders", "SELECT * FROM my_shop.inv_private",
            // What an underscore without a backslash would give.
            "CREATE TEMPORARY TABLE myxshop.t (a INT)", "SELECT * FROM myxshop.orders",
        ] { await expectNumber(1142, 1143, 1044) { _ = try await member.query(refused) } }
    }

    @Test("Levels are written out, and go for what is made later")
    func levels() async throws {
        var world = try await MariaDBScopeWorld.make(
            "g_levels", "CREATE SCHEMA levels; CREATE TABLE levels.a (id INT);",
            ScopeGrant(.level(.ddl, schema: "levels"), []))
        #expect(
            try await world.statements().contains(
                "GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES, CREATE, ALTER, DROP, INDEX, CREATE VIEW, SHOW VIEW "
                    + "ON `levels`.* TO `g_levels`"))
        #expect(try await world.apply().isInStep)
        try await world.server.execute("CREATE TABLE levels.later (id INT)")
        #expect(try await world.plan().isInStep)
        world.profile.scope = Scope([ScopeGrant(.level(.read, schema: "levels"), [])])
        #expect(
            try await world.statements() == [
                "REVOKE INSERT, UPDATE, DELETE, REFERENCES, CREATE, ALTER, DROP, INDEX, CREATE VIEW ON `levels`.* "
                    + "FROM `g_levels`"
            ])
        #expect(try await world.apply().isInStep)
        // A pattern means the schemas that are there, never the server's own or the guard's.
        world.profile.scope = Scope([ScopeGrant(.level(.read, schema: "*"), [])])
        let statements = try await world.statements().joined(separator: "\n")
        #expect(statements.contains("levels") || statements.contains("ON `"))
        for name in ["mysql", "mayfly", "sys", "information\\_schema", "performance\\_schema"] {
            #expect(!statements.contains("`\(name)`.*"))
        }
    }

    static let odd = [
        "Mixed Case", "select", "x`; DROP SCHEMA canary; --", "it's", "caf\u{e9}", "cafe\u{301}", "表", "a.b",
        "%",
        "100%_sure", "_", "//", "{{group}}", "-- x", "\"", "\\g", String(repeating: "é", count: 60),
    ]

    @Test("Names are names, whatever is in them")
    func oddNames() async throws {
        var world = try await MariaDBScopeWorld.make(
            "g_odd", "CREATE SCHEMA IF NOT EXISTS canary; CREATE SCHEMA odd;")
        for name in Self.odd {
            let path = try MariaDBQuoting.identifier(name)
            try await world.server.execute("CREATE TABLE odd.\(path) (\(path) INT, other INT)")
            guard !name.contains("\\"), name != "//" else { continue }
            try await world.server.execute("CREATE SCHEMA \(path)")
        }
        let schemas = Self.odd.filter { !$0.contains("\\") && $0 != "//" }
        world.profile.scope = Scope(
            schemas.map { ScopeGrant(.tables(schema: Glob($0), .all), [.select]) }
                + Self.odd.map {
                    ScopeGrant(.columns([$0], schema: "odd", NameSelection(names: [Glob($0)])), [.update])
                })
        let plan = try await world.apply()
        #expect(plan.isInStep, "\(plan.differences)")
        #expect(try await world.told().isInStep)
        // And with the client, whose own language must not be spoken by a name either.
        world.profile.scope = Scope([])
        let script = MariaDBPlanScript(try await world.dba.plan([world.profile])).text()
        try await world.server.client(script: script)
        #expect(try await world.plan().isInStep)
        #expect(try await world.grants().isEmpty)
        #expect(try await !world.server.execute("SHOW SCHEMAS LIKE 'canary'").isEmpty)
    }

    @Test("An account of the group's name is no group, and nothing is done to it")
    func account() async throws {
        let world = try await MariaDBScopeWorld.make(
            "g_account", "CREATE USER g_account IDENTIFIED BY 'Somebody-1'; CREATE SCHEMA accounts;",
            ScopeGrant(.level(.read, schema: "accounts"), []))
        let plan = try await world.plan()
        // On MariaDB roles and accounts are different things.
        #expect(plan.isRefused == world.server.isMySQL)
        if world.server.isMySQL {
            #expect(plan.steps.isEmpty && plan.obstacles.count == 1)
        } else {
            #expect(plan.steps.first?.statement == "CREATE ROLE `g_account`")
        }
    }

    @Test("Who else holds a group role is named, and who may hand it on most of all")
    func members() async throws {
        let world = try await MariaDBScopeWorld.make(
            "g_members",
            """
            CREATE ROLE g_members; CREATE USER plain@localhost, adm@localhost; GRANT g_members TO plain@localhost;
            GRANT g_members TO adm@localhost WITH ADMIN OPTION;
            """)
        #expect(
            try await world.plan().notes == [
                "also a member, so that this is theirs too: adm@localhost (may hand it on), plain@localhost"
            ])
    }

    @Test("The broker's own account plans and applies nothing as a DBA")
    func broker() async throws {
        let world = try await MariaDBScopeWorld.make("g_broker")
        #expect(throws: EngineFailure.self) {
            try MariaDBDBA(
                world.definition, installation: MariaDBScopeWorld.installation, user: "mayfly", password: nil)
        }
    }

    @Test("Without a server the configuration alone says what is granted by name")
    func offline() async throws {
        let world = try await MariaDBScopeWorld.make(
            "g_offline", "", ScopeGrant(.level(.read, schema: "a_b"), []),
            ScopeGrant(.tables(schema: "shop", NameSelection(names: ["t", "x_*"])), [.select]),
            ScopeGrant(.tables(schema: "shop", NameSelection(names: ["t"])), [.insert]))
        let plan = try #require(
            MariaDBEngine.planOffline(
                [world.profile], of: world.definition, installation: MariaDBScopeWorld.installation
            ).profiles.first)
        #expect(
            plan.steps.map(\.statement) == [
                "CREATE ROLE `g_offline`", "GRANT SELECT, SHOW VIEW ON `a\\_b`.* TO `g_offline`",
                "GRANT INSERT ON `shop`.`t` TO `g_offline`",
                "GRANT `g_offline` TO mayfly_guard@localhost WITH ADMIN OPTION",
                "INSERT IGNORE INTO mayfly.allowed_group (name) VALUES ('g_offline')",
            ])
        #expect(plan.notes.first == "the catalogue says what fits: select on tables t, x_* in schema shop")
    }

    @Test("Statements of a profile's own are run once, and what they gave, and more than that, is seen")
    func rawStatements() async throws {
        var world = try await MariaDBScopeWorld.make(
            "g_raw", "CREATE SCHEMA raws; CREATE TABLE raws.a (id INT); CREATE TABLE raws.b (id INT);",
            ScopeGrant(.tables(schema: "raws", NameSelection(names: ["a"])), [.select]))
        world.profile.groupStatements = ["GRANT SELECT ON raws.b TO {{group}} -- by hand"]
        let first = try await world.plan()
        #expect(first.steps.map(\.purpose) == [.create, .grant, .raw, .mark, .allow, .allow])
        #expect(first.steps[2].statement == "GRANT SELECT ON raws.b TO `g_raw` -- by hand")
        try await world.applyPrinted()
        // What it gave is known after it was run.
        let second = try await world.plan()
        #expect(second.steps.map(\.purpose) == [.mark] && second.notes.contains("  SELECT ON `raws`.`b`"))
        #expect(try await world.apply().isInStep)
        #expect(try await world.told().isInStep)
        try await world.server.execute("GRANT DELETE ON raws.b TO g_raw")
        for plan in [try await world.plan(), try await world.told()] {
            #expect(
                plan.steps.map(\.purpose) == [.mark] && plan.notes.contains("  SELECT, DELETE ON `raws`.`b`"))
        }
        try await world.server.execute("REVOKE DELETE ON raws.b FROM g_raw")
        world.profile.groupStatements.append("GRANT INSERT ON raws.b TO {{group}}")
        #expect(try await world.told().steps.map(\.purpose) == [.raw, .raw, .mark])
        _ = try await world.apply()
        #expect(try await world.apply().isInStep)
        world.profile.groupStatements = []
        #expect(
            try await world.told().steps.map(\.statement) == [
                "REVOKE SELECT, INSERT ON `raws`.`b` FROM `g_raw`"
            ])
    }

    @Test("Under MySQL's partial_revokes a schema's name is granted as it is")
    func partialRevokes() async throws {
        guard try await MariaDBScopeWorld.make("x").server.isMySQL else { return }
        let server = try await MariaDBScopeWorld.start(["--partial-revokes=ON"])
        let world = try await MariaDBScopeWorld.make(
            "g_partial",
            "CREATE SCHEMA my_shop; CREATE TABLE my_shop.t (a INT); CREATE USER p@localhost IDENTIFIED BY 'Ppp-1';",
            server: server, ScopeGrant(.level(.read, schema: "my_shop"), []))
        #expect(
            try await world.statements().contains("GRANT SELECT, SHOW VIEW ON `my_shop`.* TO `g_partial`"))
        #expect(try await world.apply().isInStep)
        try await server.execute("GRANT g_partial TO p@localhost")
        let member = try await server.connect(as: "p", password: "Ppp-1")
        _ = try await member.query("SET ROLE g_partial")
        _ = try await member.query("SELECT * FROM my_shop.t")
    }
}
