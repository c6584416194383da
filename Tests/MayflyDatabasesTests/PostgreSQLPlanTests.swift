import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Scopes against the catalogue of a real server: planned, applied, in step.
@Suite struct PostgreSQLPlanTests {
    @Test("Each kind of object is granted with few statements, and then nothing is left to do")
    func kinds() async throws {
        var world = try await ScopeWorld.make(
            "kinds",
            """
            CREATE TABLE sales.orders (id int, total int, note text); CREATE TABLE sales.inv_a ();
            CREATE TABLE sales.inv_b (); CREATE TABLE sales.inv_private (); CREATE VIEW sales.open AS SELECT 1 AS x;
            CREATE TABLE sales.parts (id int) PARTITION BY LIST (id); CREATE SEQUENCE sales.numbers;
            CREATE FUNCTION sales.refund(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION sales.refund(int[], timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE TYPE sales."odd, (type" AS (x int);
            CREATE FUNCTION sales.odd(sales."odd, (type") RETURNS int LANGUAGE sql AS 'SELECT 1';
            """)
        // Before 14 procedures have no OUT.
        let output = try await world.version() < 14 ? "" : ", OUT b int"
        try await world.execute(
            "CREATE PROCEDURE sales.pay(a int\(output)) LANGUAGE sql AS 'SELECT 1'")
        world.profile.scope = Scope([
            ScopeGrant(
                .tables(schema: "sales", NameSelection(names: ["inv_*", "open"], except: ["*_private"])),
                [.select, .insert]),
            ScopeGrant(
                .columns(["id", "total"], schema: "sales", NameSelection(names: ["orders"])), [.select]),
            ScopeGrant(.columns(["note"], schema: "sales", NameSelection(names: ["orders"])), [.update]),
            ScopeGrant(.sequences(schema: "sales", .all), [.usage]),
            ScopeGrant(
                .routines(
                    schema: "sales",
                    NameSelection(names: ["refund(bigint)", "pay*", "odd(sales.\"odd, (type\")"])), [.execute]
            ),
            ScopeGrant(.schema("sales"), [.create]),
            ScopeGrant(.databases(["kinds"]), [.temporary]),
        ])
        let plan = try await world.plan()
        #expect(plan.obstacles == [] && plan.notes == [])
        #expect(
            plan.steps.map(\.statement) == [
                "CREATE ROLE \"g_kinds\" NOLOGIN",
                "GRANT CONNECT, TEMPORARY ON DATABASE \"kinds\" TO \"g_kinds\"",
                "GRANT USAGE, CREATE ON SCHEMA \"sales\" TO \"g_kinds\"",
                "GRANT SELECT, INSERT ON TABLE \"sales\".\"inv_a\", \"sales\".\"inv_b\", \"sales\".\"open\" TO \"g_kinds\"",
                "GRANT SELECT (\"id\", \"total\"), UPDATE (\"note\") ON TABLE \"sales\".\"orders\" TO \"g_kinds\"",
                "GRANT USAGE ON SEQUENCE \"sales\".\"numbers\" TO \"g_kinds\"",
                "GRANT EXECUTE ON ROUTINE \"sales\".\"odd\"(sales.\"odd, (type\"), \"sales\".\"pay\"(integer), "
                    + "\"sales\".\"refund\"(bigint) TO \"g_kinds\"",
                "COMMENT ON ROLE \"g_kinds\" IS 'mayfly group installation=scope profile=orders-read'",
                "INSERT INTO mayfly.allowed_group VALUES ('g_kinds')",
            ])
        #expect(try await world.apply().isInStep)
        #expect(try await world.may("INSERT", on: "sales.inv_a"))
        #expect(try await !world.may("SELECT", on: "sales.inv_private"))
        #expect(try await !world.may("SELECT", on: "sales.orders"))
        let column = try await world.execute(
            "SELECT has_column_privilege('g_kinds', 'sales.orders', 'total', 'SELECT') AS may")
        #expect(try column.only().string("may") == "t")
    }

    @Test("Without a catalogue nothing is granted beyond what is named: columns of all tables are a note")
    func offline() throws {
        let definition = DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: .postgresql, hosts: ["127.0.0.1"], port: 5432,
            database: "orders", tls: .init(mode: .disable), account: .init(user: "mayfly", password: .none))
        func plan(_ grants: ScopeGrant...) throws -> ProfilePlan {
            let profile = Profile(
                name: ProfileName(unchecked: "orders-read"), database: definition.name,
                ttl: .init(default: try TTL(seconds: 600), max: try TTL(seconds: 3600)), memberOf: ["g"],
                scope: Scope(grants), group: "g")
            return try #require(
                try PostgreSQLEngine.planOffline(
                    [profile], of: definition, installation: PostgreSQLEnvironment.installation
                ).profiles.first)
        }
        for selection in [
            NameSelection.all, NameSelection(names: ["*"], except: ["*_private"]),
            NameSelection(names: ["*", "orders"]), NameSelection(names: ["inv_*"]),
        ] {
            let columns = try plan(
                ScopeGrant(.columns(["id"], schema: "sales", selection), [.select]))
            #expect(!columns.steps.contains { $0.statement.contains(/ON (ALL|TABLE)/) }, "\(columns)")
            #expect(columns.notes.contains { $0.hasPrefix("the catalogue says what fits") }, "\(columns)")
            guard selection != .all else { continue }
            let tables = try plan(ScopeGrant(.tables(schema: "sales", selection), [.select]))
            #expect(!tables.steps.contains { $0.statement.contains("ON ALL") }, "\(tables)")
        }
        let hostile = try plan(
            ScopeGrant(
                .tables(schema: "s\"; DROP", NameSelection(names: [Glob("o\" TO PUBLIC; --")])), [.select]))
        #expect(
            hostile.steps.map(\.statement).contains(
                "GRANT SELECT ON TABLE \"s\"\"; DROP\".\"o\"\" TO PUBLIC; --\" TO \"g\""), "\(hostile)")
    }

    @Test("A level is shown written out, covers what is there, and with `future` what its owner makes")
    func levels() async throws {
        var world = try await ScopeWorld.make(
            "levels",
            """
            CREATE ROLE levels_owner NOLOGIN; ALTER SCHEMA sales OWNER TO levels_owner;
            SET ROLE levels_owner; CREATE TABLE sales.orders (id serial);
            """, ScopeGrant(.level(.write, schema: "sales"), [], future: .ofSchemaOwner))
        #expect(
            try await world.plan().expanded == [
                "write on schema sales, and what the schema's owner makes later, which is:",
                "  usage on schema sales",
                "  select, insert, update, delete on all tables in schema sales, and what the schema's owner makes later",
                "  select, usage on all sequences in schema sales, and what the schema's owner makes later",
            ])
        #expect(try await world.apply().isInStep)
        try await world.server.psql(
            script: "SET ROLE levels_owner; CREATE TABLE sales.later (id serial);", database: "levels")
        #expect(try await world.may("DELETE", on: "sales.later"))
        #expect(try await world.plan().isInStep)

        // ddl is more, and read is less: both are reached from where we are.
        world.profile.scope = Scope([ScopeGrant(.level(.ddl, schema: "sales"), [], future: .ofSchemaOwner)])
        #expect(try await world.apply().isInStep)
        #expect(try await world.may("TRUNCATE", on: "sales.later"))
        #expect(try await !world.may("TRIGGER", on: "sales.later"))
        world.profile.scope = Scope([ScopeGrant(.level(.read, schema: "sales"), [])])
        #expect(try await world.apply().isInStep)
        #expect(try await world.may("SELECT", on: "sales.later"))
        #expect(try await !world.may("INSERT", on: "sales.later"))
        let defaults = try await world.execute("SELECT count(*) AS n FROM pg_default_acl")
        #expect(try defaults.only().int("n") == 0)
    }

    static let odd = [
        "Mixed Case", "select", "x\"; DROP TABLE canary; --", "it's", "caf\u{e9}", "cafe\u{301}", "表",
        String(repeating: "é", count: 31) + "x", "a.b", "$$; DROP TABLE canary; $$", "back\\slash",
        "new\nline; DROP TABLE canary",
        "\"", "%I %s", ":var", "x'||'y", "\"\u{301}; DROP TABLE canary; --",
    ]

    @Test(
        "Names are names, whatever is in them: of tables, columns, schemas, sequences, routines, owners, groups"
    )
    func oddNames() async throws {
        var world = try await ScopeWorld.make("odd_names", "CREATE TABLE public.canary ();")
        for name in Self.odd {
            try await world.server.psql(
                script: """
                    \\set name \(psqlLiteral(name))
                    CREATE SCHEMA :"name"; CREATE TABLE :"name".:"name" (:"name" int, other int);
                    CREATE TABLE sales.:"name" (:"name" int, other int); CREATE SEQUENCE sales.seq_:"name";
                    CREATE ROLE :"name" NOLOGIN;
                    """.replacing("CREATE SEQUENCE sales.seq_:\"name\";", with: ""), database: "odd_names")
        }
        world.profile.scope = Scope(
            Self.odd.flatMap { name in
                [
                    ScopeGrant(.tables(schema: Glob(name), .all), [.select], future: .of([name])),
                    ScopeGrant(
                        .columns([name], schema: "sales", NameSelection(names: [Glob(name)])), [.update]),
                ]
            })
        #expect(try await world.apply().isInStep)
        for name in Self.odd {
            let path = try PostgreSQLQuoting.identifier(name)
            #expect(try await world.may("SELECT", on: "\(path).\(path)"))
            let rows = try await world.execute(
                "SELECT has_column_privilege($1, $2::regclass, $3, 'UPDATE') AS own, "
                    + "has_column_privilege($1, $2::regclass, 'other', 'UPDATE') AS other",
                [world.group, "sales.\(path)", name])
            #expect(try rows.only().string("own") == "t" && rows.only().string("other") == "f")
        }
        #expect(
            try await world.execute("SELECT to_regclass('public.canary') IS NOT NULL AS there").only().string(
                "there") == "t")
        // And with psql, whose own language must not be spoken by a name either.
        world.profile.scope = Scope([])
        try await world.applyPrinted()
        #expect(try await world.plan().isInStep)
        #expect(
            try await world.execute("SELECT to_regclass('public.canary') IS NOT NULL AS there").only().string(
                "there") == "t")
    }

    private func psqlLiteral(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").doubling("'").replacing("\n", with: "\\n") + "'"
    }

    @Test(
        "A group role may be called anything that the server takes",
        arguments: ["Weird \"Group\"; --", "user", "グループ"])
    func oddGroup(_ name: String) async throws {
        var world = try await ScopeWorld.make(
            "odd_group_\(abs(name.hashValue % 10_000))", "CREATE TABLE sales.t ();",
            ScopeGrant(.level(.read, schema: "sales"), []))
        world.profile.group = name
        try await world.applyPrinted()
        #expect(try await world.plan().isInStep)
        let allowed = try await world.server.execute(
            "SELECT 1 FROM mayfly.allowed_group WHERE name = $1", [name], database: "mayfly")
        #expect(allowed.count == 1)
        world.profile.group = String(repeating: "x", count: 64)
        await #expect(throws: EngineFailure.self) { try await world.plan() }
    }

    @Test("A comment is no place to break out of: policies and notes are printed on one line each")
    func comments() async throws {
        let world = try await ScopeWorld.make(
            "comments",
            """
            CREATE TABLE public.canary (); CREATE TABLE sales.t (owner text);
            CREATE POLICY "p
            DROP TABLE public.canary; --" ON sales.t USING (owner = 'x
            DROP TABLE public.canary;');
            ALTER TABLE sales.t ENABLE ROW LEVEL SECURITY;
            """, ScopeGrant(.level(.read, schema: "sales"), []))
        let text = try PlanScript(try await world.dba.plan([world.profile]), of: world.definition).text()
        for line in text.split(whereSeparator: \.isNewline) where line.contains("canary") {
            #expect(line.hasPrefix("-- "))
        }
        #expect(text.contains("policy p\\u{a}DROP TABLE public.canary"))
        try await world.applyPrinted()
        #expect(
            try await world.execute("SELECT to_regclass('public.canary') IS NOT NULL AS there").only().string(
                "there") == "t")
    }

    @Test("Row-level security that a DBA wrote is shown, and still stands")
    func rowSecurity() async throws {
        let world = try await ScopeWorld.make(
            "row_security",
            """
            CREATE TABLE sales.t (tenant int); CREATE TABLE sales.closed (); CREATE TABLE sales.open ();
            CREATE ROLE row_security_other; INSERT INTO sales.t VALUES (1), (2);
            ALTER TABLE sales.t ENABLE ROW LEVEL SECURITY; ALTER TABLE sales.closed ENABLE ROW LEVEL SECURITY;
            CREATE POLICY first ON sales.t FOR SELECT USING (tenant = 1);
            CREATE POLICY others ON sales.t FOR SELECT TO row_security_other USING (true);
            """, ScopeGrant(.level(.read, schema: "sales"), []))
        let plan = try await world.plan()
        #expect(
            plan.notes == [
                "row-level security on table sales.closed: there is no policy for this group, so it sees no row",
                "row-level security on table sales.t: policy first (select) for everybody using (tenant = 1)",
            ])
        #expect(try await world.apply().isInStep)
        let seen = try await world.server.psql(
            script: "SET ROLE \(world.group); \\pset tuples_only on\nSELECT tenant FROM sales.t;",
            database: "row_security")
        #expect(seen.split(whereSeparator: \.isWhitespace) == ["1"])
    }

    @Test("What is named and not there is said, and what a pattern may find one day is a note")
    func unresolved() async throws {
        let world = try await ScopeWorld.make(
            "unresolved", "CREATE TABLE sales.t ();",
            ScopeGrant(.tables(schema: "sales", NameSelection(names: ["t", "gone", "x*"])), [.select]),
            ScopeGrant(.databases(["no_such_database"]), [.connect]),
            ScopeGrant(.tables(schema: "sales", .all), [.select], future: .of(["no_such_role"])),
            ScopeGrant(.tables(schema: "sales", NameSelection(names: ["t"])), [.maintain]))
        let plan = try await world.apply()
        #expect(plan.steps == [])
        #expect(
            plan.obstacles.map(\.message) == [
                "there is no table sales.gone", "there is no database no_such_database",
                "there is no role no_such_role, for what it makes later",
            ]
                + (try await world.version() < 17
                    ? ["maintain is a privilege of PostgreSQL 17 and newer"] : []))
        #expect(plan.notes == ["nothing fits table sales.x*"])
        #expect(try await world.may("SELECT", on: "sales.t"))
    }
}
