import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Narrowed leases through the engine, on a real server where a DBA said what may be narrowed.
@Suite(.serialized) struct MariaDBNarrowingTests {
    private static let shared = Task {
        let environment = try await MariaDBEnvironment.make()
        try await environment.server.client(
            script: """
                CREATE TABLE orders.items (id INT, price INT); INSERT INTO orders.items VALUES (1, 2);
                GRANT SELECT ON orders.items TO orders_readonly;
                GRANT SELECT ON orders.* TO mayfly_guard@localhost WITH GRANT OPTION;
                """)
        if environment.server.isMySQL {
            try await environment.server.execute("GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost")
        }
        return environment
    }

    private func suite() async throws -> DatabaseEngineConformance<MariaDBEnvironment> {
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
        #expect(group.hasPrefix("mfn_cf_") && group.utf8.count <= 32)
        let session = try await environment.logIn(order.role, password: made.password)
        try await session.run("SELECT id FROM items")
        for statement in [
            "SELECT price FROM items", "SELECT * FROM customers", "SELECT * FROM secrets",
            "SET ROLE orders_readonly", "GRANT SELECT (id) ON items TO root@localhost",
        ] {
            await #expect(throws: (any Error).self) { try await session.run(statement) }
        }
        await session.end()

        // As when its group was not compared for long: the guard takes it no more, and a renewal compares it first.
        try await environment.server.execute("UPDATE mayfly.narrowed SET compared_at = '2001-01-01'")
        let plain = try await #require(
            suite.engine.renew([RenewOrder(lease: order.lease, ttl: try TTL(seconds: 1200))]).first)
        #expect(plain.failureCode == "MF002")
        let scope = NarrowedScope(of: order.groups, to: order.narrowing)
        let later = try await #require(
            suite.engine.renew([RenewOrder(lease: order.lease, ttl: try TTL(seconds: 1200), narrowed: scope)])
                .first
        ).get()
        #expect(later > issued.validUntil)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))

        try await environment.server.execute(
            "UPDATE mayfly.narrowed SET asked_at = SYSDATE(6) - INTERVAL 11 MINUTE")
        #expect(try await suite.engine.tend().contains("\(group): dropped"))
        #expect(try await !environment.roleExists(group))
    }

    @Test("In a batch each member has its own scope, and one that is no part fails alone")
    func batch() async throws {
        let suite = try await suite()
        var made: [DatabaseEngineConformance<MariaDBEnvironment>.Made] = []
        let scopes = [nil, ["items"], ["secrets"], ["items", "customers"], ["orders.items"], ["nonsense"]]
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
        let isMySQL = suite.environment.server.isMySQL
        let role = "`\(preview.group)`" + (isMySQL ? "@`%`" : "")
        #expect(
            preview.statements == [
                isMySQL ? "CREATE USER \(role) ACCOUNT LOCK" : "CREATE ROLE \(role)",
                "GRANT SELECT ON `orders`.`customers` TO \(role)",
                "GRANT SELECT (`price`) ON `orders`.`items` TO \(role)",
            ])
        #expect(try await !suite.environment.roleExists(preview.group))
        let order = try suite.order().narrowed(to: scope.narrowing).order
        let shown = try await suite.engine.preview(order)
        #expect(
            shown.statements.prefix(3) == preview.statements[...]
                && shown.statements.contains {
                    $0.contains(isMySQL ? "DEFAULT ROLE \(role)" : "GRANT \(role) TO `mf_cf_")
                },
            "\(shown.statements)")
    }

    @Test("What no DBA lets be narrowed is refused with the statement that would")
    func notGiven() async throws {
        let suite = DatabaseEngineConformance(try await MariaDBEnvironment.shared())
        let order = try suite.order().narrowed(to: try narrowing(["customers"])).order
        let failure = await #expect(throws: EngineFailure.self) {
            _ = try await #require(suite.engine.issue([order]).first).get()
        }
        #expect(failure?.code == "MF021" && failure?.kind == .refusedByGuard)
        #expect(
            failure?.message.contains(
                suite.environment.server.isMySQL
                    ? "GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost;"
                    : "GRANT SELECT ON `orders`.`customers` TO mayfly_guard@localhost WITH GRANT OPTION;")
                == true)
        #expect(failure?.hint?.contains("mayflyd guard print orders --narrowing") == true)
        #expect(try await !suite.environment.roleExists(order.role.rawValue))
        #expect(try await suite.engine.tend().isEmpty)
        let findings = await suite.engine.preflight(profiles: [suite.environment.profile])
        #expect(findings.first { $0.check == "narrowing" }?.severity == .note)
    }

    @Test("A DBA is shown what to grant, and patterns are escaped or left to a person")
    func printed() async throws {
        var profile = try await Self.shared.value.profile
        profile.scope = Scope([
            ScopeGrant(.level(.write, schema: "a_b"), []),
            ScopeGrant(
                .tables(schema: "shop", NameSelection(names: ["t_1", "x_*"])), [.select, .references]),
            ScopeGrant(.columns(["id"], schema: "shop", NameSelection(names: ["c"])), [.update]),
        ])
        let text = try await Self.shared.value.scripts.narrowingScript([profile])
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("--") && !$0.contains("ROLE_ADMIN") }
        #expect(
            lines == [
                "GRANT SELECT, INSERT, UPDATE, DELETE ON `a\\_b`.* TO mayfly_guard@localhost WITH GRANT OPTION;",
                "GRANT UPDATE ON `shop`.`c` TO mayfly_guard@localhost WITH GRANT OPTION;",
            ])
        #expect(text.contains("-- by hand, the tables that fit: "))
    }
}

extension Result where Failure == EngineFailure {
    var failureCode: String? {
        if case .failure(let failure) = self { failure.code } else { nil }
    }
}
