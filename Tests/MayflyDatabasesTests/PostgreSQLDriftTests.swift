import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Somebody changes what was in step: it is found, and what is printed mends it.
@Suite struct PostgreSQLDriftTests {
    private static func world(_ name: String) async throws -> ScopeWorld {
        let world = try await ScopeWorld.make(
            name,
            """
            CREATE ROLE \(name)_owner NOLOGIN; CREATE ROLE \(name)_middle NOLOGIN; CREATE ROLE \(name)_boss NOLOGIN;
            CREATE TABLE sales.orders (id int, total int); CREATE TABLE sales.salaries (id int); CREATE SEQUENCE sales.s;
            CREATE FUNCTION sales.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
            """,
            ScopeGrant(.tables(schema: "sales", NameSelection(names: ["orders"])), [.select]),
            ScopeGrant(.tables(schema: "sales", NameSelection(names: ["inv*"])), [.select]))
        #expect(try await world.apply().isInStep)
        return world
    }

    /// - Parameters:
    ///   - damage: with `$G` for the group and `$N` for the database's name.
    ///   - mend: the statements that must be printed, likewise.
    private func check(_ name: String, _ damage: String, _ mend: [String]) async throws {
        let world = try await Self.world(name)
        func filled(_ text: String) -> String {
            text.replacing("$G", with: "\"\(world.group)\"").replacing("$N", with: name)
        }
        try await world.server.psql(script: filled(damage), database: name)
        let plan = try await world.plan()
        #expect(!plan.isInStep && plan.obstacles == [])
        #expect(plan.steps.map(\.statement) == mend.map(filled))
        // The broker's account finds the same.
        let engine = PostgreSQLEnvironment.engine(world.definition.over("127.0.0.1"), ScopeWorld.password)
        let asBroker = try await engine.plan([world.profile])
        await engine.close()
        #expect(
            asBroker.profiles.first?.steps.dropLast(0).map(\.statement).filter { !$0.hasPrefix("COMMENT") }
                == mend.map(filled))
        try await world.applyPrinted()
        #expect(try await world.plan().isInStep)
    }

    @Test(
        "A privilege too many",
        arguments: [
            (
                "d_table", "GRANT DELETE, SELECT ON sales.salaries TO $G",
                "REVOKE SELECT, DELETE ON TABLE \"sales\".\"salaries\" FROM $G"
            ),
            (
                "d_column", "GRANT UPDATE (total) ON sales.orders TO $G",
                "REVOKE UPDATE (\"total\") ON TABLE \"sales\".\"orders\" FROM $G"
            ),
            (
                "d_sequence", "GRANT USAGE ON SEQUENCE sales.s TO $G",
                "REVOKE USAGE ON SEQUENCE \"sales\".\"s\" FROM $G"
            ),
            (
                "d_routine", "GRANT EXECUTE ON FUNCTION sales.f() TO $G",
                "REVOKE EXECUTE ON ROUTINE \"sales\".\"f\"() FROM $G"
            ),
            ("d_schema", "GRANT CREATE ON SCHEMA public TO $G", "REVOKE CREATE ON SCHEMA \"public\" FROM $G"),
            (
                "d_database", "GRANT CREATE ON DATABASE $N TO $G",
                "REVOKE CREATE ON DATABASE \"d_database\" FROM $G"
            ),
            (
                "d_guard", "GRANT CONNECT ON DATABASE mayfly TO $G",
                "REVOKE CONNECT ON DATABASE \"mayfly\" FROM $G"
            ),
            (
                "d_system", "GRANT SELECT ON pg_catalog.pg_authid TO $G",
                "REVOKE SELECT ON TABLE \"pg_catalog\".\"pg_authid\" FROM $G"
            ),
            (
                "d_option", "GRANT SELECT ON sales.orders TO $G WITH GRANT OPTION",
                "REVOKE GRANT OPTION FOR SELECT ON TABLE \"sales\".\"orders\" FROM $G"
            ),
            (
                "d_default",
                "ALTER DEFAULT PRIVILEGES FOR ROLE $N_owner GRANT SELECT, INSERT ON TABLES TO $G",
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"d_default_owner\" REVOKE SELECT, INSERT ON TABLES FROM $G"
            ),
        ])
    func more(_ name: String, _ damage: String, _ mend: String) async throws {
        try await check(name, damage + ";", [mend])
    }

    @Test("A membership, which brings all that the other role has")
    func membership() async throws {
        let world = try await Self.world("d_member")
        try await world.execute("GRANT d_member_boss TO g_d_member")
        #expect(
            try await world.statements().first?.hasPrefix("REVOKE \"d_member_boss\" FROM \"g_d_member\"")
                == true)
        #expect(try await world.apply().isInStep)
    }

    @Test("What somebody else than the owner granted is taken back in their name")
    func grantor() async throws {
        try await check(
            "d_grantor",
            """
            GRANT SELECT ON sales.salaries TO $N_middle WITH GRANT OPTION; GRANT USAGE ON SCHEMA sales TO $N_middle;
            SET ROLE $N_middle; GRANT SELECT ON sales.salaries TO $G;
            """,
            [
                "SET ROLE \"d_grantor_middle\"; REVOKE SELECT ON TABLE \"sales\".\"salaries\" FROM $G; RESET ROLE"
            ])
    }

    @Test("A privilege too few")
    func less() async throws {
        try await check(
            "d_less", "REVOKE SELECT ON sales.orders FROM $G; REVOKE USAGE ON SCHEMA sales FROM $G;",
            [
                "GRANT USAGE ON SCHEMA \"sales\" TO $G", "GRANT SELECT ON TABLE \"sales\".\"orders\" TO $G",
            ])
    }

    @Test("Whole tables where columns were meant: taking the one gives the other again")
    func wider() async throws {
        var world = try await Self.world("d_wider")
        world.profile.scope = Scope([
            ScopeGrant(.columns(["id"], schema: "sales", NameSelection(names: ["orders"])), [.select])
        ])
        #expect(
            try await world.statements() == [
                "REVOKE SELECT ON TABLE \"sales\".\"orders\" FROM \"g_d_wider\"",
                "GRANT SELECT (\"id\") ON TABLE \"sales\".\"orders\" TO \"g_d_wider\"",
            ])
        #expect(try await world.apply().isInStep)
        // Both at once: the columns go with the table's, and come back.
        try await world.execute("GRANT SELECT ON sales.orders TO g_d_wider")
        #expect(try await world.statements().count == 2)
        #expect(try await world.apply().isInStep)
        #expect(try await !world.may("SELECT", on: "sales.orders"))
    }

    @Test("A table that was renamed is not the one that was meant, until it is called so again")
    func renamedTable() async throws {
        let world = try await Self.world("d_renamed")
        try await world.execute("ALTER TABLE sales.orders RENAME TO orders_2025")
        let plan = try await world.plan()
        #expect(plan.obstacles.map(\.message) == ["there is no table sales.orders"])
        #expect(
            plan.steps.map(\.statement).contains(
                "REVOKE SELECT ON TABLE \"sales\".\"orders_2025\" FROM \"g_d_renamed\""))
        #expect(try await world.apply().steps == [])
        try await world.execute("ALTER TABLE sales.orders_2025 RENAME TO orders")
        #expect(try await world.plan().obstacles == [])
        #expect(try await world.apply().isInStep)
    }

    @Test("A group role that was renamed is missing; it is made anew, and the old one is nobody's to touch")
    func renamedGroup() async throws {
        let world = try await Self.world("d_group")
        try await world.execute("ALTER ROLE g_d_group RENAME TO g_d_group_old")
        #expect(try await world.statements().first == "CREATE ROLE \"g_d_group\" NOLOGIN")
        #expect(try await world.apply().isInStep)
        #expect(try await world.may("SELECT", on: "sales.orders"))
        let old = try await world.execute(
            "SELECT has_table_privilege('g_d_group_old', 'sales.orders', 'SELECT') AS may")
        #expect(try old.only().string("may") == "t")
    }

    @Test("Default privileges that were removed come back")
    func defaults() async throws {
        var world = try await Self.world("d_defaults")
        world.profile.scope?.grants.append(
            ScopeGrant(.tables(schema: "sales", .all), [.select], future: .of(["d_defaults_owner"])))
        #expect(try await world.apply().isInStep)
        try await world.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE d_defaults_owner IN SCHEMA sales REVOKE SELECT ON TABLES FROM g_d_defaults"
        )
        #expect(
            try await world.statements() == [
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"d_defaults_owner\" IN SCHEMA \"sales\" GRANT SELECT ON TABLES TO \"g_d_defaults\""
            ])
        #expect(try await world.apply().isInStep)
    }

    @Test("The guard's list is part of it")
    func notAllowed() async throws {
        let world = try await Self.world("d_allowed")
        try await world.server.execute(
            "DELETE FROM mayfly.allowed_group WHERE name = 'g_d_allowed'", database: "mayfly")
        #expect(try await world.statements() == ["INSERT INTO mayfly.allowed_group VALUES ('g_d_allowed')"])
        #expect(try await world.apply().isInStep)
    }

    @Test(
        "A role with a power, or that can log in, is refused: nothing is done with it",
        arguments: [
            ("d_super", "SUPERUSER", "NOSUPERUSER"),
            ("d_create", "CREATEROLE CREATEDB", "NOCREATEROLE NOCREATEDB"),
            ("d_bypass", "BYPASSRLS REPLICATION", "NOREPLICATION NOBYPASSRLS"),
            ("d_login", "LOGIN", "NOLOGIN"),
        ])
    func power(_ name: String, _ attributes: String, _ taken: String) async throws {
        let world = try await Self.world(name)
        try await world.execute("GRANT INSERT ON sales.orders TO g_\(name)")
        try await world.execute("ALTER ROLE g_\(name) \(attributes)")
        let plan = try await world.plan()
        #expect(plan.isRefused && plan.steps == [] && !plan.isInStep)
        #expect(plan.obstacles.map(\.statement) == ["ALTER ROLE \"g_\(name)\" \(taken)"])
        try await world.execute(try #require(plan.obstacles.first?.statement))
        #expect(try await world.apply().isInStep)
    }

    @Test("What the group owns, or has on what grants have no words for, is said")
    func others() async throws {
        let world = try await Self.world("d_others")
        try await world.server.psql(
            script: """
                CREATE TABLE sales.own (); ALTER TABLE sales.own OWNER TO g_d_others;
                CREATE TYPE sales.t AS (x int); GRANT USAGE ON TYPE sales.t TO g_d_others;
                """, database: "d_others")
        let plan = try await world.plan()
        #expect(plan.steps == [])
        #expect(
            plan.obstacles.map(\.message) == [
                "the group role \"g_d_others\" owns 1 objects, with which leases can do what an owner can",
                "it has rights on type sales.t in d_others, for which grants have no words",
            ])
    }

    @Test("Raw statements are run once, what they gave is written down, and more than that is found")
    func raw() async throws {
        var world = try await Self.world("d_raw")
        world.profile.groupStatements = ["GRANT USAGE ON SEQUENCE sales.s TO {{group}}; -- the end"]
        #expect(try await world.plan().steps.map(\.purpose) == [.raw, .mark])
        try await world.applyPrinted()
        // What it gave is beyond the typed grants: known from the second look on.
        let second = try await world.plan()
        #expect(second.steps.map(\.purpose) == [.mark])
        #expect(second.notes.contains { $0.contains("usage on sequence sales.s") })
        #expect(try await world.apply().isInStep)
        try await world.execute("GRANT SELECT ON sales.salaries TO g_d_raw")
        let more = try await world.plan()
        #expect(!more.isInStep && more.notes.contains { $0.contains("select on table sales.salaries") })
        try await world.execute("REVOKE SELECT ON sales.salaries FROM g_d_raw")
        #expect(try await world.plan().isInStep)
        world.profile.groupStatements[0] += "\n-- changed"
        #expect(try await world.plan().steps.map(\.purpose) == [.raw, .mark])
    }

    @Test("The broker's own account applies nothing")
    func broker() async throws {
        let world = try await Self.world("d_broker")
        #expect(throws: EngineFailure.self) {
            try PostgreSQLDBA(
                world.definition, installation: ScopeWorld.installation, user: "mayfly", password: nil)
        }
    }
}
