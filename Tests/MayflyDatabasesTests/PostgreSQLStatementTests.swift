import Foundation
import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What the guard tells of what leases ran, and to whom.
@Suite struct PostgreSQLStatementTests {
    @Test("A lease's own statements are told once a DBA allows it, nobody else's ever, and after its end too")
    func own() async throws {
        let server = try await PostgreSQLServer.start(settings: [
            "shared_preload_libraries = 'pg_stat_statements'"
        ])
        let environment = try await PostgreSQLEnvironment.make(server)
        let suite = DatabaseEngineConformance(environment)
        let (made, other) = (try suite.order(), try suite.order())
        for one in [made, other] {
            try await suite.issue(one)
            let session = try await environment.logIn(one.order.role, password: one.password)
            try await session.run("SELECT count(*) FROM customers")
            if one.order.lease == other.order.lease { try await session.run("SELECT 1 AS of_another") }
            await session.end()
        }
        try await server.execute("SELECT 1 AS of_the_dba")
        func reading() async throws -> StatementReading {
            // One that the guard never made is left out.
            let all = try await environment.engine.statements(of: [made.order.lease, LeaseID()])
            #expect(all.readings.count == 1 && all.failures.isEmpty)
            return try #require(all.readings.first)
        }
        #expect(try await reading() == StatementReading(lease: made.order.lease, source: .notAllowed))
        try await server.execute("UPDATE mayfly.guard SET statements = true", database: "mayfly")
        #expect(try await reading().source == .noExtension)
        // One that somebody else owns is not run with the guard's rights.
        try await server.execute("CREATE EXTENSION pg_stat_statements", database: "mayfly")
        try await server.execute("CREATE ROLE app", database: "mayfly")
        try await server.execute(
            "UPDATE pg_extension SET extowner = 'app'::regrole WHERE extname = 'pg_stat_statements'",
            database: "mayfly")
        #expect(try await reading().source == .noExtension)
        try await server.execute(
            "UPDATE pg_extension SET extowner = 10 WHERE extname = 'pg_stat_statements'", database: "mayfly")
        let found = try await reading()
        // Before 16 a lease can SET ROLE to its group: what it ran then is counted as the group's.
        let version = try await server.majorVersion()
        #expect(found.source == (version >= 16 ? .pgStatStatements : .pgStatStatementsInPart))
        // Since when it counts is told from 14 on.
        #expect((found.since != nil) == (version >= 14))
        let counted = try #require(found.statements.first { $0.text.contains("customers") })
        #expect(counted.calls == 1 && counted.rows == 1 && counted.database == "orders")
        #expect(
            !found.statements.contains { $0.text.contains("of_another") || $0.text.contains("of_the_dba") })
        // The broker's account itself does not even reach the view.
        let broker = try await server.connect(
            as: PostgreSQLEnvironment.account, password: PostgreSQLEnvironment.password, database: "mayfly")
        for view in ["pg_stat_statements", "public.pg_stat_statements"] {
            await #expect(throws: PostgreSQLError.self) {
                try await broker.query("SELECT query FROM \(view)")
            }
        }
        await broker.close()

        // Sessions that create in an owner's name begin in it: nothing of theirs is counted as the lease's.
        try await server.psql(
            script: "CREATE ROLE maker; INSERT INTO mayfly.allowed_owner VALUES ('maker', false)",
            database: "mayfly")
        let creating = try suite.order()
        var order = creating.order
        order.owner = "maker"
        _ = try await #require(environment.engine.issue([order]).first).get()
        let session = try await environment.logIn(order.role, password: creating.password)
        try await session.run("SELECT 2 AS in_the_owners_name")
        await session.end()
        let partial = try #require(try await environment.engine.statements(of: [order.lease]).readings.first)
        #expect(partial.source == .pgStatStatementsInPart && partial.source.tells)
        #expect(!partial.statements.contains { $0.text.contains("in_the_owners_name") })
        #expect(partial.source.limits.contains("SET ROLE"))

        _ = try await suite.revoke(made)
        #expect(try await reading().statements.contains { $0.text.contains("customers") })
        await environment.engine.close()
    }

    @Test("Many statements that were run often hide none that took much, and how many there are is told")
    func crowd() async throws {
        let server = try await PostgreSQLServer.start(settings: [
            "shared_preload_libraries = 'pg_stat_statements'"
        ])
        let environment = try await PostgreSQLEnvironment.make(server)
        let suite = DatabaseEngineConformance(environment)
        try await server.execute("UPDATE mayfly.guard SET statements = true", database: "mayfly")
        try await server.execute("CREATE EXTENSION pg_stat_statements", database: "mayfly")
        let made = try suite.order()
        try await suite.issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        // Each is another statement: the server tells them apart by how many columns they have.
        for count in 1...600 {
            let columns = Array(repeating: "1", count: count).joined(separator: ",")
            for _ in 0..<2 { try await session.run("SELECT \(columns)") }
        }
        try await session.run("SELECT x AS taken FROM generate_series(1, 5000) x")
        await session.end()
        let readings = try await environment.engine.statements(of: [made.order.lease])
        let reading = try #require(readings.readings.first)
        #expect(reading.statements.count <= 600 && reading.total ?? 0 >= 601)
        let taken = try #require(reading.statements.first { $0.text.contains("taken") })
        #expect(taken.calls == 1 && taken.rows == 5000)
        var summary = StatementSummary(reading.redacted(as: .postgresql), at: .distantPast)
        _ = summary.take(reading.redacted(as: .postgresql, known: summary), at: .distantPast)
        #expect(summary.entries.contains { $0.id == taken.id } && summary.isOverfull)
        await environment.engine.close()
    }
}

/// What the server logs of leases, set by the guard for each role.
@Suite struct PostgreSQLLogSettingTests {
    @Test("The guard sets what is logged of a role, and its session cannot undo it")
    func logSettings() async throws {
        let server = try await PostgreSQLServer.start()
        let environment = try await PostgreSQLEnvironment.make(server)
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order(settings: ["log_statement": "all", "log_min_duration_statement": "250"])
        func refusal(_ order: RoleOrder) async -> String? {
            guard case .failure(let failure)? = await environment.engine.issue([order]).first else {
                return nil
            }
            return failure.code
        }
        // Not before a DBA allows it.
        #expect(await refusal(made.order) == "MF010")
        try await server.execute(
            "INSERT INTO mayfly.allowed_setting VALUES ('log_statement'), ('log_min_duration_statement'), ('log_duration')",
            database: "mayfly")
        for (name, value) in [
            ("log_statement", "none"), ("log_min_duration_statement", "-1"), ("log_duration", "off"),
            ("log_statement", "all; DROP TABLE x"), ("log_min_duration_statement", "99999999999"),
        ] {
            let bad = try suite.order(settings: [name: value])
            #expect(await refusal(bad.order) == "MF010", "\(name) \(value)")
        }
        try await suite.issue(made)
        let role = made.order.role.rawValue
        let session = try await server.connect(
            as: role, password: made.password, database: environment.databases.main)
        func logged() async throws -> [String] {
            let row = try await session.query(
                "SELECT current_setting('log_statement') AS a, current_setting('log_min_duration_statement') AS b"
            ).only()
            return [try row.string("a"), try row.string("b")]
        }
        #expect(try await logged() == ["all", "250ms"])
        for statement in [
            "SET log_statement = 'none'", "SET LOCAL log_min_duration_statement = -1",
            "SELECT set_config('log_statement', 'none', false)",
            "ALTER ROLE \(role) SET log_statement = 'none'",
            "ALTER ROLE \(role) RESET log_statement",
        ] {
            await #expect(throws: PostgreSQLError.self, "\(statement)") { try await session.query(statement) }
        }
        // These succeed, and take nothing of it.
        _ = try await session.query("RESET ALL")
        _ = try await session.query("DISCARD ALL")
        _ = try await session.query("ALTER ROLE \(role) RESET ALL")
        #expect(try await logged() == ["all", "250ms"])
        await session.close()
        let again = try await server.connect(
            as: role, password: made.password, database: environment.databases.main,
            settings: ["application_name": "x"])
        #expect(try await again.query("SHOW log_statement").only().string("log_statement") == "all")
        await again.close()
    }
}
