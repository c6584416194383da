import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a stranger who may CREATE in a database lays where a DBA's script, or a DBA's connection, will come by.
@Suite(.serialized) struct PostgreSQLGuardStrangerTests {
    /// A server where mallory has what an application's owner often has, and a guard without the module in `orders`.
    private struct Site {
        let environment: PostgreSQLEnvironment
        var server: PostgreSQLServer { environment.server }

        static func make() async throws -> Site {
            let site = Site(environment: try await PostgreSQLEnvironment.make())
            try await site.server.psql(
                script: """
                    CREATE ROLE mallory LOGIN PASSWORD 'mallory-password' CREATEDB;
                    GRANT CREATE ON DATABASE orders TO mallory;
                    \\connect orders
                    GRANT CREATE ON SCHEMA public TO mallory;
                    DROP SCHEMA mayfly_cleanup CASCADE;
                    """)
            return site
        }

        func mallory(_ script: String, database: String = "orders") async throws {
            try await server.psql(script: script, database: database, as: ("mallory", "mallory-password"))
        }

        /// Whatever was made of it, she is what she was.
        func expectHarmless(_ what: String) async throws {
            let roles = try await server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'")
            #expect(try !roles.only().bool("rolsuper"), "\(what)")
            try await server.execute("ALTER ROLE mallory NOSUPERUSER")
        }

        func refused(_ script: String, _ what: String) async throws {
            do {
                try await server.psql(script: script)
                Issue.record("not refused: \(what)")
            } catch let failure as TestCommand.Failure {
                #expect(failure.output.contains("not to be trusted"), "\(failure)")
            }
        }

        func owner(of schema: String) async throws -> String? {
            try await server.execute(
                "SELECT nspowner::regrole::text AS o FROM pg_namespace WHERE nspname = '\(schema)'",
                database: "orders"
            ).first?.string("o")
        }
    }

    /// Makes whoever runs it, if they can, make her a superuser.
    private static func evil(_ signature: String) -> String {
        """
        CREATE FUNCTION \(signature) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN 'conformance'; END $$;
        """
    }

    /// Runs her function when it is read.
    private static func view(in schema: String) -> String {
        """
        CREATE SCHEMA \(schema);
        \(evil("\(schema).describe()"))
        CREATE TABLE \(schema).lease (a int);
        CREATE VIEW \(schema).guard AS
            SELECT 2 AS guard_version, \(schema).describe() AS installation, 'cf'::text AS tag, 'mayfly'::text AS broker;
        """
    }

    /// Runs her function when it is changed, and then even as herself: code may RESET ROLE.
    private static func table(in schema: String) -> String {
        """
        CREATE SCHEMA \(schema);
        CREATE FUNCTION \(schema).fired() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RESET ROLE; EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN new; END $$;
        CREATE TABLE \(schema).guard AS
            SELECT 1 AS guard_version, 'conformance'::text AS installation, 'cf'::text AS tag, 'mayfly'::text AS broker;
        CREATE TABLE \(schema).allowed_owner (name text, takes_over boolean, creates boolean);
        CREATE TRIGGER x BEFORE UPDATE ON \(schema).guard FOR EACH ROW EXECUTE FUNCTION \(schema).fired();
        """
    }

    /// Runs her function when it is read, in a session that begins as her: whoever logged in is a SET ROLE away.
    private static func policy(in schema: String) -> String {
        """
        CREATE SCHEMA \(schema);
        CREATE FUNCTION \(schema).seen() RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('role', 'none', false); EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN true; END $$;
        CREATE TABLE \(schema).guard AS
            SELECT 1 AS guard_version, 'conformance'::text AS installation, 'cf'::text AS tag, 'mayfly'::text AS broker;
        ALTER TABLE \(schema).guard ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY p ON \(schema).guard USING (\(schema).seen());
        ALTER DATABASE orders SET role = 'mallory';
        """
    }

    @Test(arguments: ["view", "table", "policy"])
    func aSchemaLaidWhereTheModuleIsAbsentRunsNothingOfItsOwners(kind: String) async throws {
        let site = try await Site.make()
        switch kind {
        case "view": try await site.mallory(Self.view(in: "mayfly_cleanup"))
        case "table": try await site.mallory(Self.table(in: "mayfly_cleanup"))
        default:
            try await site.server.execute("ALTER DATABASE orders OWNER TO mallory")
            try await site.mallory(Self.policy(in: "mayfly_cleanup"))
        }
        let scripts = site.environment.scripts
        let engine = try #require(site.environment.engine as? PostgreSQLEngine)
        // A DBA's connection, when it looks.
        let findings = await engine.preflight(
            asDBA: "postgres", password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8))
        try await site.expectHarmless("check --as-dba")
        #expect(
            findings.contains { $0.severity == .error && $0.message.contains("not to be trusted") },
            "\(findings)")
        try await site.refused(
            "\\connect orders\n" + (try scripts.upgradeScript(of: .cleanup)), "upgrade of the module")
        try await site.expectHarmless("upgrade of the module")
        try await site.refused(try scripts.upgradeScript(), "upgrade of all")
        try await site.expectHarmless("upgrade of all")
        try await site.refused(try scripts.uninstallScript(onServerOf: []), "uninstall")
        try await site.expectHarmless("uninstall")
        // What is hers stays, and the module is not laid upon it.
        await #expect(throws: TestCommand.Failure.self) {
            try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        }
        try await site.expectHarmless("install")
        #expect(try await site.owner(of: "mayfly_cleanup") == "mallory")
    }

    @Test(arguments: ["view", "table"])
    func narrowingThatAStrangerLaidIsNeitherUpgradedNorDropped(kind: String) async throws {
        let site = try await Site.make()
        let scripts = site.environment.scripts
        try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        try await site.mallory(
            kind == "view" ? Self.view(in: "mayfly_narrowing") : Self.table(in: "mayfly_narrowing"))
        try await site.refused(try scripts.upgradeScript(), "upgrade")
        try await site.expectHarmless("upgrade")
        try await site.refused(try scripts.uninstallScript(onServerOf: []), "uninstall")
        try await site.expectHarmless("uninstall")
        #expect(try await site.owner(of: "mayfly_narrowing") == "mallory")
    }

    @Test func whatAStrangerLaidInTheGuardsOwnSchemaIsNotTouched() async throws {
        let site = try await Site.make()
        let scripts = site.environment.scripts
        try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        try await site.server.execute(
            "GRANT USAGE, CREATE ON SCHEMA mayfly_cleanup TO mallory", database: "orders")
        try await site.mallory(
            "CREATE VIEW mayfly_cleanup.mine AS SELECT 1 AS a; \(Self.evil("mayfly_cleanup.f()"))")
        try await site.refused(try scripts.upgradeScript(), "upgrade over a view")
        try await site.server.execute("DROP VIEW mayfly_cleanup.mine", database: "orders")
        try await site.server.execute(
            "GRANT TRIGGER ON mayfly_cleanup.guard TO mallory", database: "orders")
        try await site.mallory(
            """
            CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN new; END $$;
            CREATE TRIGGER x BEFORE UPDATE ON mayfly_cleanup.guard FOR EACH ROW EXECUTE FUNCTION public.fired();
            """)
        try await site.refused(try scripts.upgradeScript(), "upgrade over a trigger")
        try await site.expectHarmless("upgrade")
        // Her function goes with the others.
        try await site.server.execute("DROP TRIGGER x ON mayfly_cleanup.guard", database: "orders")
        try await site.server.psql(script: try scripts.upgradeScript())
        try await site.expectHarmless("upgrade over a function")
        #expect(
            try await site.server.execute(
                "SELECT 1 FROM pg_proc WHERE pronamespace = 'mayfly_cleanup'::regnamespace AND proname = 'f'",
                database: "orders"
            ).isEmpty)
    }

    /// A call without a schema is of the best match in the whole search path.
    @Test func functionsWithTheNamesOfBuiltInOnesAreNotCalled() async throws {
        let site = try await Site.make()
        let scripts = site.environment.scripts
        try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        try await site.mallory(
            [
                "format(text, name)", "format(text, text)", "starts_with(text, name)",
                "starts_with(name, text)",
            ]
            .map { Self.evil("public.\($0)") }.joined())
        try await site.server.psql(
            script: """
                CREATE ROLE mfn_cf_00000000000000000000000000000000;
                COMMENT ON ROLE mfn_cf_00000000000000000000000000000000
                     IS 'mayfly narrowed installation=conformance compared=';
                """)
        try await site.server.psql(script: try scripts.upgradeScript(), database: "orders")
        try await site.expectHarmless("upgrade")
        try await site.server.psql(script: try scripts.uninstallScript(onServerOf: []), database: "orders")
        try await site.expectHarmless("uninstall")
        #expect(
            try await site.server.execute("SELECT 1 FROM pg_roles WHERE rolname LIKE 'mfn_%'").isEmpty)
        try await site.server.psql(script: try scripts.installScript(), database: "orders")
        try await site.expectHarmless("install")
    }

    @Test func theGuardIsNotInstalledIntoADatabaseThatAStrangerMade() async throws {
        let site = try await Site.make()
        let scripts = site.environment.scripts
        try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        try await site.server.psql(script: try scripts.uninstallScript(onServerOf: []))
        try await site.mallory("CREATE DATABASE mayfly")
        do {
            try await site.server.psql(script: try scripts.installScript())
            Issue.record("not refused")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains("was there before"), "\(failure)")
        }
        // Nor is her own guard asked anything, or taken away.
        try await site.mallory(Self.view(in: "mayfly"), database: "mayfly")
        try await site.refused(try scripts.upgradeScript(), "upgrade")
        try await site.refused(try scripts.uninstallScript(onServerOf: []), "uninstall")
        try await site.expectHarmless("upgrade and uninstall")
        // A DBA's plan asks the guard which groups it allows.
        var profile = site.environment.profile
        profile.group = "orders_readonly"
        profile.scope = Scope([ScopeGrant(.level(.read, schema: "public"), [])])
        let dba = try PostgreSQLDBA(
            site.environment.definition, installation: PostgreSQLEnvironment.installation, user: "postgres",
            password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8))
        let plan = try await dba.plan([profile])
        let notes = try #require(plan.profiles.first).notes
        #expect(notes.contains { $0.contains("was not asked") }, "\(plan)")
        try await site.expectHarmless("plan --as-dba")
    }

    @Test func whatANarrowedGroupOwnsIsNotDroppedWithIt() async throws {
        let site = try await Site.make()
        let scripts = site.environment.scripts
        try await site.server.psql(script: try scripts.cleanupScript(), database: "orders")
        try await site.server.psql(
            script: """
                CREATE ROLE mfn_cf_00000000000000000000000000000000;
                COMMENT ON ROLE mfn_cf_00000000000000000000000000000000
                     IS 'mayfly narrowed installation=conformance compared=';
                CREATE TABLE precious (a int);
                ALTER TABLE precious OWNER TO mfn_cf_00000000000000000000000000000000;
                """, database: "orders")
        do {
            try await site.server.psql(script: try scripts.uninstallScript(onServerOf: []))
            Issue.record("not refused")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains("owns something here"), "\(failure)")
        }
        #expect(try await site.server.execute("SELECT a FROM precious", database: "orders").isEmpty)
    }
}
