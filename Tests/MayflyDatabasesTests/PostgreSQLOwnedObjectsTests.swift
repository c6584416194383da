import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What roles leave behind, through the engine: in listed databases and others, with and without somebody to take over.
@Suite(.serialized) struct PostgreSQLOwnedObjectsTests {
    private static let shared = Task {
        let server = try await PostgreSQLServer.start()
        try await server.psql(
            script: """
                CREATE ROLE "the Keeper"; CREATE ROLE "the Owner"; CREATE ROLE bystander; CREATE DATABASE "un""listed";
                """)
        let environment = try await PostgreSQLEnvironment.make(
            server,
            profile: { profile in
                profile.ownedObjects = .reassign(to: "the Keeper")
                profile.create = .init(owner: "the Owner", ddlAsOwner: true)
            })
        for database in ["orders", "orders_archive", "un\"listed"] {
            try await server.psql(
                script: "GRANT ALL ON SCHEMA public TO orders_readonly, \"the Owner\";", database: database)
        }
        return environment
    }

    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await Self.shared.value)
    }

    private typealias Made = DatabaseEngineConformance<PostgreSQLEnvironment>.Made

    private func run(_ statements: [String], as made: Made, in database: String = "orders") async throws {
        let session = try await Self.shared.value.server.connect(
            as: made.order.role.rawValue, password: made.password, database: database)
        for statement in statements { _ = try await session.query(statement) }
        await session.close()
    }

    private func revoke(_ made: Made, taker: String?) async throws -> RevokeOutcome {
        let reference = RoleReference(lease: made.order.lease, role: made.order.role, taker: taker)
        return try #require(await Self.shared.value.engine.revoke([reference], .full).first)
    }

    @Test func plainThingsGoToTheTakerInEachListedDatabase() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(["CREATE TABLE given (a int)", "CREATE SEQUENCE numbers"], as: made)
        try await run(["CREATE TABLE \"given Ü\" (a int)"], as: made, in: "orders_archive")
        guard case .gone(_, let remarks) = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not gone")
            return
        }
        #expect(
            Set(remarks.reassigned) == [
                "table public.given in orders to the Keeper",
                "sequence public.numbers in orders to the Keeper",
                "table public.\"given Ü\" in orders_archive to the Keeper",
            ])
        #expect(
            try await suite.environment.server.execute(
                "SELECT pg_get_userbyid(relowner) AS o FROM pg_class WHERE relname = 'given Ü'",
                database: "orders_archive"
            ).only().string("o") == "the Keeper")
    }

    @Test func withoutATakerNothingMovesAndTheStatementsFreeTheRole() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(
            ["CREATE TABLE mine AS SELECT 42 AS answer", "CREATE TYPE \"my type\" AS ENUM ('x')"], as: made)
        for _ in 0..<2 {
            guard case .locked(let obstacle) = try await revoke(made, taker: nil) else {
                Issue.record("not locked")
                return
            }
            #expect(
                Set(obstacle.hanging) == ["table public.mine in orders", "type public.\"my type\" in orders"])
            #expect(
                obstacle.statement
                    == """
                    \\connect "orders"
                    ALTER TYPE public."my type" OWNER TO CURRENT_USER;
                    ALTER TABLE public.mine OWNER TO CURRENT_USER;
                    """)
        }
        guard case .locked(let obstacle) = try await revoke(made, taker: nil) else { return }
        try await suite.environment.server.psql(script: try #require(obstacle.statement))
        #expect(try await revoke(made, taker: nil) == .gone(sessionsEnded: 0))
        #expect(
            try await suite.environment.server.execute("SELECT answer FROM mine", database: "orders").count
                == 1)
    }

    @Test func whatRunsCodeStaysAndIsNamedWithTheReason() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(
            [
                "CREATE FUNCTION trap(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
                "CREATE TABLE trapped (a int DEFAULT trap(1))", "CREATE TABLE plain ()",
            ], as: made)
        guard case .locked(let obstacle) = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.hanging.count == 2)
        #expect(
            obstacle.hanging.contains(
                "table public.trapped in orders: an expression that calls public.trap(integer)"))
        let statement = try #require(obstacle.statement)
        #expect(
            statement.contains(
                "ALTER FUNCTION public.trap(integer) OWNER TO \"the Keeper\";  -- look at it first"))
        // A DBA who looked may do that.
        try await suite.environment.server.psql(script: statement)
        guard case .gone(_, let remarks) = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not gone")
            return
        }
        #expect(remarks.reassigned == ["table public.plain in orders to the Keeper"])
    }

    @Test func aTakerThatTheGuardDoesNotAllowLeavesItAllWhereItIs() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(["CREATE TABLE kept_back ()"], as: made)
        guard case .locked(let obstacle) = try await revoke(made, taker: "postgres") else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.message.contains("nothing was given on: role postgres may not take over objects"))
        #expect(obstacle.hanging == ["table public.kept_back in orders"])
        guard case .gone = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not gone")
            return
        }
    }

    @Test func aNameWithALineBreakMakesNoStatementOfItsOwn() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(["CREATE TABLE \"a\n\\! touch /tmp/pwned\n\" ()"], as: made)
        guard case .locked(let obstacle) = try await revoke(made, taker: nil) else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.statement?.contains("touch") == false)
        #expect(obstacle.statement?.contains("REASSIGN OWNED BY") == true)
        guard case .gone = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not gone")
            return
        }
    }

    @Test func whatHangsInAnUnlistedDatabaseIsNamedWithIt() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await run(["CREATE TABLE far_away ()"], as: made, in: "un\"listed")
        let server = suite.environment.server
        guard case .locked(let obstacle) = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.hanging == ["1 × object that it owns in un\"listed"])
        #expect(obstacle.message.contains("un\\\"listed") || obstacle.message.contains("un\"listed"))
        let statement = try #require(obstacle.statement)
        try await server.psql(script: statement.replacing("…", with: "\"the Keeper\""))
        #expect(try await revoke(made, taker: "the Keeper") == .gone(sessionsEnded: 0))
        #expect(try await server.execute("SELECT FROM far_away", database: "un\"listed").isEmpty)
    }

    @Test(arguments: ["it's \\ one", "two\nlines"])
    func aPreparedTransactionIsEndedByTheStatementThatIsGiven(gid: String) async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        let quoted = try PostgreSQLQuoting.literal(gid)
        try await run(
            ["BEGIN", "CREATE TABLE prepared ()", "PREPARE TRANSACTION \(quoted)"], as: made,
            in: "orders_archive")
        guard case .locked(let obstacle) = try await revoke(made, taker: "the Keeper") else {
            Issue.record("not locked")
            return
        }
        #expect(obstacle.hanging.first?.contains("prepared transaction") == true)
        try await suite.environment.server.psql(script: try #require(obstacle.statement))
        #expect(try await revoke(made, taker: "the Keeper") == .gone(sessionsEnded: 0))
    }

    @Test func whatIsMadeForTheOwnerStaysAndIsTold() async throws {
        let suite = try await suite()
        let made = try suite.order()
        var order = made.order
        order.owner = "the Owner"
        _ = try await #require(suite.engine.issue([order]).first).get()
        try await run(
            ["CREATE TABLE made_for (a int)", "GRANT SELECT ON made_for TO bystander"], as: made)
        try await run(
            ["CREATE FUNCTION made_for() RETURNS int LANGUAGE sql AS 'SELECT 1'"], as: made,
            in: "orders_archive")
        guard case .gone(_, let remarks) = try await revoke(made, taker: nil) else {
            Issue.record("not gone")
            return
        }
        #expect(remarks.leftBehind.count == 2)
        #expect(
            remarks.leftBehind.contains {
                $0.hasPrefix("table public.made_for in orders, granted: ") && $0.contains("bystander=r/")
            }, "\(remarks.leftBehind)")
        #expect(remarks.leftBehind.contains("function public.made_for() in orders_archive"))
        #expect(
            try await suite.environment.server.execute("SELECT FROM made_for", database: "orders").isEmpty)
    }

    @Test func theGuardThatIsPrintedAllowsWhatProfilesName() async throws {
        let environment = try await Self.shared.value
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(findings.filter { $0.check == "profile orders-read" && $0.severity == .error }.isEmpty)
        var others = environment.profile
        others.ownedObjects = .reassign(to: "bystander")
        others.create = .init(owner: "bystander")
        let statements = await environment.engine.preflight(profiles: [others]).compactMap(\.statement)
        for statement in statements where statement.contains("allowed_owner") {
            try await environment.server.psql(
                script: statement.hasPrefix("\\connect") ? statement : "\\connect mayfly\n" + statement)
        }
        let mended = await environment.engine.preflight(profiles: [others])
        #expect(
            mended.filter { $0.check == "profile orders-read" && $0.severity == .error }.isEmpty, "\(mended)")
    }
}
