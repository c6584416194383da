import MayflyCore
import MayflyCrypto
import MayflyDatabases
import MayflyTesting
import Testing

/// Narrowed leases through the engine, on a real server with the module that `guard print --narrowing` prints.
@Suite(.serialized) struct PostgreSQLNarrowingTests {
    private static let shared = Task {
        let environment = try await PostgreSQLEnvironment.make()
        try await environment.server.psql(
            script: """
                CREATE TABLE items (id int, price int); INSERT INTO items VALUES (1, 2);
                GRANT SELECT ON items TO orders_readonly;
                """, database: "orders")
        let script = try PostgreSQLGuard(
            definition: environment.definition, installation: PostgreSQLEnvironment.installation,
            profiles: [environment.profile]
        ).narrowingScript()
        try await environment.server.psql(script: script, database: "orders")
        return environment
    }

    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await Self.shared.value)
    }

    private func narrowing(_ tables: [String]?, _ columns: [String]? = nil) throws -> Narrowing {
        try #require(try Narrowing(tables: tables, columns: columns))
    }

    @Test(
        "A narrowed lease can do a part of what its group can, is renewed, and its group goes when it is over"
    )
    func story() async throws {
        let suite = try await suite()
        let environment = suite.environment
        let made = try suite.order().narrowed(to: try narrowing(nil, ["items.id"]))
        let order = made.order
        let issued = try await suite.issue(made)
        let group = try #require(issued.narrowedGroup)
        #expect(group.hasPrefix("mfn_cf_"))
        let session = try await environment.logIn(order.role, password: made.password)
        try await session.run("SELECT id FROM items")
        for statement in ["SELECT price FROM items", "SELECT * FROM customers", "SELECT * FROM secrets"] {
            await #expect(throws: (any Error).self) { try await session.run(statement) }
        }
        await session.end()

        // As when its group was not compared for long: a renewal compares it first.
        try await forget(environment)
        let scope = NarrowedScope(of: order.groups, to: order.narrowing)
        let later = try await #require(
            suite.engine.renew([RenewOrder(lease: order.lease, ttl: try TTL(seconds: 1200), narrowed: scope)])
                .first
        ).get()
        #expect(later > issued.validUntil)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))

        try await environment.server.execute(
            "UPDATE mayfly_narrowing.narrowed SET asked_at = now() - interval '11 minutes'",
            database: "orders")
        #expect(try await suite.engine.tend().contains("\(group): dropped"))
        #expect(try await !environment.roleExists(group))
    }

    private func forget(_ environment: PostgreSQLEnvironment) async throws {
        try await environment.server.psql(
            script: """
                UPDATE mayfly_narrowing.narrowed SET compared_at = now() - interval '1 hour';
                SELECT format('COMMENT ON ROLE %I IS %L', rolname, regexp_replace(
                    shobj_description(oid, 'pg_authid'), 'compared=....', 'compared=2001'))
                  FROM pg_roles WHERE rolname LIKE 'mfn\\_%' \\gexec
                """, database: "orders")
    }

    @Test("In a batch each member has its own scope, and one that is no part fails alone")
    func batch() async throws {
        let suite = try await suite()
        var made: [DatabaseEngineConformance<PostgreSQLEnvironment>.Made] = []
        let scopes = [nil, ["items"], ["secrets"], ["items", "customers"], ["items"], ["nonsense"]]
        for tables in scopes {
            made.append(try suite.order().narrowed(to: try tables.map { try narrowing($0) }))
        }
        let answers = await suite.engine.issue(made.map(\.order))
        let codes = answers.map { answer in
            switch answer {
            case .success(let role): role.narrowedGroup.map { _ in "narrowed" } ?? "whole"
            case .failure(let failure): failure.code ?? ""
            }
        }
        #expect(codes == ["whole", "narrowed", "MF020", "narrowed", "narrowed", "MF020"])
        #expect(try answers[1].get().narrowedGroup == answers[4].get().narrowedGroup)
        #expect(try answers[1].get().narrowedGroup != answers[3].get().narrowedGroup)
        for (one, code) in zip(made, codes) {
            #expect(try await suite.environment.roleExists(one.order.role.rawValue) == !code.hasPrefix("MF"))
            _ = try await suite.revoke(one)
        }
    }

    @Test("What would be made is shown as statements, and nothing is made")
    func preview() async throws {
        let suite = try await suite()
        let scope = try #require(
            NarrowedScope(of: ["orders_readonly"], to: try narrowing(["customers"], ["items.price"])))
        let preview = try await suite.engine.preview(scope)
        #expect(
            preview.statements.dropLast() == [
                "CREATE ROLE \(preview.group) NOLOGIN",
                "GRANT USAGE ON SCHEMA public TO \(preview.group)",
                "GRANT SELECT ON TABLE public.customers TO \(preview.group)",
                "GRANT SELECT (price) ON TABLE public.items TO \(preview.group)",
            ])
        #expect(
            preview.statements.last?.hasPrefix("COMMENT ON ROLE \(preview.group) IS 'mayfly narrowed ")
                == true)
        #expect(try await !suite.environment.roleExists(preview.group))
        let beyond = try #require(NarrowedScope(of: ["orders_readonly"], to: try narrowing(["secrets"])))
        let failure = await #expect(throws: EngineFailure.self) { try await suite.engine.preview(beyond) }
        #expect(failure?.code == "MF020" && failure?.kind == .refusedByGuard)
    }

    @Test(
        "Without the module a narrowed request is refused with what a DBA would run, and nothing else changes"
    )
    func missing() async throws {
        let suite = DatabaseEngineConformance(try await PostgreSQLEnvironment.shared())
        var order = try suite.order().order
        order.narrowing = try narrowing(["customers"])
        let failure = await #expect(throws: EngineFailure.self) {
            try await #require(suite.engine.issue([order]).first).get()
        }
        #expect(failure?.kind == .guardUnusable)
        #expect(failure?.hint?.contains("mayflyd guard print orders --narrowing") == true)
        #expect(try await !suite.environment.roleExists(order.role.rawValue))
        #expect(try await suite.engine.tend().isEmpty)
        let findings = await suite.engine.preflight(profiles: [suite.environment.profile])
        let note = findings.first { $0.check.hasPrefix("narrowing") }
        #expect(note?.severity == .note)
    }

    @Test("The preflight looks at the module, and finds a body that was altered")
    func preflight() async throws {
        let environment = try await Self.shared.value
        func findings() async -> [Finding] {
            await environment.engine.preflight(profiles: [environment.profile]).filter {
                $0.check.hasPrefix("narrowing")
            }
        }
        #expect(await findings().map(\.severity) == [.ok])
        try await environment.server.psql(
            script: """
                CREATE OR REPLACE FUNCTION mayfly_narrowing.comment_of(bases text[]) RETURNS text LANGUAGE sql
                    SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET TimeZone = 'UTC'
                    SET lock_timeout = '2s' AS 'SELECT ''x''';
                DELETE FROM mayfly_narrowing.allowed_base;
                """, database: "orders")
        let found = await findings()
        #expect(found.contains { $0.severity == .error && $0.message.contains("comment_of") })
        #expect(found.contains { $0.severity == .note && $0.message.contains("cannot be narrowed") })
    }
}
