import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a server's own arrangements would give somebody of the guard that only its functions are to have.
@Suite(.serialized) struct PostgreSQLGuardLeakTests {
    private static let kinds = ["TABLES", "SEQUENCES", "FUNCTIONS", "SCHEMAS"]

    private func asDBA(_ environment: PostgreSQLEnvironment) async throws -> [Finding] {
        let engine = try #require(environment.engine as? PostgreSQLEngine)
        return await engine.preflight(
            asDBA: "postgres", password: AccountPassword(copying: PostgreSQLServer.superuserPassword.utf8)
        ).filter { $0.severity >= .warning }
    }

    /// Whatever of a schema somebody but its owner and the broker's account has.
    private func strangers(_ server: PostgreSQLServer, _ schema: String, _ database: String) async throws
        -> [String]
    {
        try await server.execute(
            """
            SELECT o.name || ': ' || a.grantee::regrole AS what
              FROM (SELECT oid::regclass::text, relacl FROM pg_class WHERE relnamespace = $1::text::regnamespace
                     UNION ALL SELECT oid::regprocedure::text, proacl FROM pg_proc WHERE pronamespace = $1::text::regnamespace
                     UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE nspname = $1::text) AS o (name, acl), aclexplode(o.acl) a
             WHERE a.grantee NOT IN (10, $2::text::regrole)
            """, [schema, PostgreSQLEnvironment.account], database: database
        ).map { try $0.string("what") }
    }

    @Test func defaultPrivilegesOfADatabaseGiveNobodyAnythingOfTheGuard() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        try await server.execute("CREATE ROLE app")
        let grants = Self.kinds.map { "ALTER DEFAULT PRIVILEGES GRANT ALL ON \($0) TO app, PUBLIC;" }.joined()
        for database in ["orders", "orders_archive", "mayfly"] {
            try await server.psql(
                script: grants.replacing("SCHEMAS TO app, PUBLIC", with: "SCHEMAS TO app"), database: database
            )
        }
        // Installed under them.
        try await server.psql(script: "DROP SCHEMA mayfly_cleanup CASCADE", database: "orders")
        try await server.psql(script: try environment.scripts.cleanupScript(), database: "orders")
        try await server.psql(script: try environment.scripts.narrowingScript(), database: "orders")
        #expect(try await strangers(server, "mayfly_cleanup", "orders") == [])
        #expect(try await strangers(server, "mayfly_narrowing", "orders") == [])
        // And made anew under them: nobody but whom a DBA gave it may go into the schema, or read a view.
        try await server.psql(
            script:
                "CREATE ROLE reader; GRANT USAGE ON SCHEMA mayfly TO reader; GRANT SELECT ON mayfly.who TO reader",
            database: "mayfly")
        try await server.psql(script: try environment.scripts.upgradeScript())
        #expect(
            try await strangers(server, "mayfly", "mayfly").sorted() == [
                "mayfly.who: reader", "mayfly: reader",
            ])
        #expect(try await strangers(server, "mayfly_cleanup", "orders") == [])
        #expect(try await strangers(server, "mayfly_narrowing", "orders") == [])
        #expect(try await asDBA(environment).isEmpty)
        let core = PostgreSQLGuard(
            definition: environment.definition, installation: PostgreSQLEnvironment.installation, profiles: []
        )
        try await server.psql(script: "DROP SCHEMA mayfly CASCADE", database: "mayfly")
        try await server.psql(script: try core.coreScript())
        #expect(try await strangers(server, "mayfly", "mayfly") == [])
    }

    @Test(arguments: [
        ("mayfly_narrowing", "GRANT UPDATE ON mayfly_narrowing.allowed_base TO app"),
        ("mayfly_narrowing", "GRANT USAGE ON mayfly_narrowing.turn TO app"),
        ("mayfly_cleanup", "GRANT SELECT ON mayfly_cleanup.guard TO PUBLIC"),
        ("mayfly_cleanup", "GRANT UPDATE (takes_over) ON mayfly_cleanup.allowed_owner TO app"),
        ("mayfly_cleanup", "GRANT CREATE ON SCHEMA mayfly_cleanup TO app"),
    ])
    func whatSomebodyWasGivenOfItIsFoundWithTheStatementThatMendsIt(schema: String, grant: String)
        async throws
    {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        try await server.execute("CREATE ROLE app")
        try await server.psql(script: try environment.scripts.narrowingScript(), database: "orders")
        #expect(try await asDBA(environment).isEmpty)
        try await server.execute(grant, database: "orders")
        let found = try await asDBA(environment)
        #expect(found.count == 1 && found.first?.severity == .error, "\(found)")
        try await server.psql(script: try #require(found.first?.statement), database: "orders")
        #expect(try await asDBA(environment).isEmpty)
        #expect(try await strangers(server, schema, "orders").isEmpty)
    }

    @Test func whoIsAMemberOfTheBrokersAccountIsFoundAndKeepsTheGuardFromBeingInstalled() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let server = environment.server
        try await server.execute("CREATE ROLE \"an App\"")
        // A superuser can do anything already.
        try await server.execute("CREATE ROLE mighty SUPERUSER")
        try await server.execute("GRANT mayfly TO mighty")
        #expect(try await asDBA(environment).isEmpty)
        try await server.execute("GRANT mayfly TO \"an App\"")
        let found = try await asDBA(environment)
        #expect(found.count == 1 && found.first?.severity == .error, "\(found)")
        for script in [try environment.scripts.upgradeScript(), try environment.scripts.coreScript()] {
            try await server.psql(
                script: script.hasPrefix("-- Mayfly guard for PostgreSQL 13-18, module core, version")
                    ? "DROP SCHEMA mayfly CASCADE" : "SELECT 1", database: "mayfly")
            do {
                try await server.psql(script: script)
                Issue.record("not refused")
            } catch let failure as TestCommand.Failure {
                #expect(failure.output.contains("REVOKE mayfly FROM \"an App\";"), "\(failure)")
            }
        }
        try await server.psql(script: try #require(found.first?.statement))
        try await server.psql(script: try environment.scripts.coreScript())
        #expect(try await asDBA(environment).isEmpty)
    }
}
